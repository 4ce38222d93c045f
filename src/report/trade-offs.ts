import type { ArrivalTrace } from '../analysis/arrival-trace.js';
import { visitFrames } from '../analysis/frame-availability.js';
import { InOrderCurve } from '../analysis/in-order-delivery.js';
import { minimumDelayLine } from '../analysis/minimum-delay-line.js';
import { FixedDelayCurve, LowerBoundCurve, type ParetoPoint } from '../analysis/oracle.js';
import { TICKS_PER_SECOND } from '../receiver/audio-frame.js';
import type { FrameTally } from '../replay/frame-tally.js';
import type { ReplayReport } from '../replay/report.js';
import type { PageData, TradeOff } from './page-data.js';

/** What a plot has room for, and more than twice the delay anybody bears. */
const MAX_PLOTTED_MS = 1000;

/** This run and what any buffer could have done, all measured from the fastest packet of the whole call. */
export function tradeOffsOf(
  trace: ArrivalTrace,
  tally: FrameTally,
  report: ReplayReport,
): PageData['tradeOffs'] {
  const { atUs, endTicks } = tally.middle;
  // Of the 10 ms a listener hears first, the packet they are in had to come whole.
  const packetTicks =
    report.config.mode === 'playout' ? (report.network.packetMs * TICKS_PER_SECOND) / 1000 : 0;
  const delayMs = (atUs - minimumDelayLine(trace).atUs(endTicks + packetTicks)) / 1000;
  const [plain, copied] = [
    new FixedDelayCurve('without-copies'),
    new FixedDelayCurve('with-copies'),
  ];
  const bound = report.config.mode === 'playout' ? new LowerBoundCurve() : new InOrderCurve();
  // All in one pass: the frames of a day would take more room than all else that is known of it.
  const timelineMs = visitFrames(trace, (frame) => {
    plain.add(frame);
    copied.add(frame);
    bound.add(frame);
  });
  return {
    run: { delayMs, concealedRatio: report.audio.concealedRatio },
    fixedDelay: plotted(plain.points(timelineMs)),
    fixedDelayWithCopies: plotted(copied.points(timelineMs)),
    lowerBound: plotted(bound.points(timelineMs)),
  };
}

function plotted(curve: readonly ParetoPoint[]): readonly TradeOff[] {
  return curve.filter(({ delayMs }) => delayMs <= MAX_PLOTTED_MS);
}
