import { describe, expect, it } from 'vitest';
import { CallRecord } from '../../../sfu/demo/call-record.js';
import { faultsOf, formatReport } from '../../../sfu/demo/report.js';
import { paintFor } from '../../../sfu/demo/terminal.js';
import type { RoomEvent } from '../../../sfu/room-events.js';

const SAID = [
  'Your call cannot be completed as dialed.',
  'Please check the number and dial again.',
  'You are currently the only person in this conference.',
];
const PLAIN = paintFor({ isTTY: false }, undefined);

function recordOf(heard: readonly string[], totalP95Ms: number): CallRecord {
  const record = new CallRecord();
  const stage = { p50: 20, p95: 30, p99: 40 };
  const events: RoomEvent[] = [
    ...heard.map(
      (text, utterance): RoomEvent => ({
        type: 'transcript',
        participant: 'a',
        final: true,
        utterance,
        text,
        startMs: 0,
        endMs: 0,
        words: [],
      }),
    ),
    {
      type: 'stats',
      participant: 'a',
      packets: { received: 95, lost: 5, late: 0, duplicate: 0 },
      concealedRatio: 0.02,
      ledger: { capture: stage, uplink: stage, total: { p50: 40, p95: totalP95Ms, p99: 200 } },
      budgetMs: 150,
    },
    {
      type: 'frames',
      participant: 'a',
      frames: (['received', 'received', 'fec', 'plc'] as const).map((provenance, index) => ({
        startMs: index * 20,
        durationMs: 20,
        provenance,
        latencyMs: 1,
        levelDb: -30,
      })),
    },
  ];
  for (const event of events) record.take(event);
  return record;
}

const publisher = { sent: 100, lost: 5, uplinkMs: [20, 21, 30] };

describe('the report of the demo', () => {
  it('finds nothing wrong with a call that kept the budget and was understood', () => {
    expect(faultsOf({ record: recordOf(SAID, 120), publisher, said: SAID })).toEqual([]);
  });

  it('fails a call whose latency broke the budget', () => {
    const faults = faultsOf({ record: recordOf(SAID, 151), publisher, said: SAID });

    expect(faults).toEqual(['p95 of the latency is 151.0 ms, over the budget of 150 ms']);
  });

  it('fails a call that was not understood, and one without words or measurements', () => {
    const misheard = recordOf(['your cart can not be deleted'], 120);

    expect(faultsOf({ record: misheard, publisher, said: SAID })[0]).toMatch(/word error rate is/);
    expect(faultsOf({ record: new CallRecord(), publisher, said: SAID })).toEqual([
      'no latency was measured',
      'no word was recognized',
    ]);
  });

  it('sets what was recognized under what was said, sentence by sentence, and marks the differences', () => {
    const heard = [
      'your call cannot be dialed',
      SAID[1] ?? '',
      'you are currently the lonely person in this conference',
    ];

    const report = formatReport({ record: recordOf(heard, 120), publisher, said: SAID }, PLAIN);

    expect(report).toContain(
      '  said   your call cannot be completed as dialed\n  heard  your call cannot be [-] [-] dialed',
    );
    expect(report).toContain('  said   please check the number and dial again\n  heard  the same');
    expect(report).toContain('heard  you are currently the [lonely] person in this conference');
    expect(report).toContain('of 23 words (1 substituted, 2 missing, 0 added)');
  });

  it('stays within 80 columns and without colours where there is no terminal', () => {
    const long = [`${SAID.join(' ')} ${SAID.join(' ')}`];

    const report = formatReport(
      { record: recordOf(['so it goes'], 120), publisher, said: long },
      PLAIN,
    );

    expect(Math.max(...report.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(report).not.toContain('\u001b');
  });

  it('shares the audio out by what it was made of', () => {
    const report = formatReport({ record: recordOf(SAID, 120), publisher, said: SAID }, PLAIN);

    expect(report).toMatch(/received\s+50\.0 %/);
    expect(report).toMatch(/plc\s+25\.0 %/);
    expect(report).toContain('5 of 100 packets were lost (5.0 %)');
  });

  it('colours a terminal unless NO_COLOR is set', () => {
    expect(paintFor({ isTTY: true }, undefined)('red', 'x')).toBe('\u001b[31mx\u001b[0m');
    expect(paintFor({ isTTY: true }, '1')('red', 'x')).toBe('x');
  });
});
