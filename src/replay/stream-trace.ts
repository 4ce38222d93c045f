import { ArrivalTrace } from '../analysis/arrival-trace.js';
import { packetReader } from '../analysis/packet-reading.js';
import type { Capture } from '../capture/capture.js';
import type { ChosenStream } from './streams.js';

/** The trace of one stream of a capture. */
export function traceOfStream(capture: Capture, stream: ChosenStream): ArrivalTrace {
  const trace = new ArrivalTrace();
  const read = packetReader(stream.codecs);
  using packets = capture.cursor(stream);
  while (packets.next()) trace.add(packets, read(packets));
  return trace;
}
