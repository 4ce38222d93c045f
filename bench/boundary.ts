import { Bench } from 'tinybench';
import type { RtpArrival } from '../src/index.js';
import { Receiver, ReceiverPool } from '../src/index.js';
import { medianNs } from './engine-cost.js';
import type { MaterialPacket } from './material.js';

const BATCH = 50;
const CALLS = 200;

export interface BoundaryCost {
  readonly name: string;
  readonly nsPerUnit: number;
  readonly unit: string;
}

/** What it costs to cross into native code and back, with as little as possible done there. */
export async function measureBoundary(
  material: readonly MaterialPacket[],
): Promise<readonly BoundaryCost[]> {
  const first = material[0];
  if (first === undefined) throw new Error('no material');
  // Of another payload type: parsed, counted, dropped.
  const foreign = first.packet.slice();
  foreign[1] = 96;
  const receiver = new Receiver({ payloadType: 111 });
  const one: RtpArrival[] = [{ data: foreign, arrivalUs: 0 }];
  const fifty: RtpArrival[] = Array.from({ length: BATCH }, () => ({
    data: foreign,
    arrivalUs: 0,
  }));

  const pool = new ReceiverPool();
  const ofPool = fifty.map((packet) => ({ ...packet, stream: pool.add({ payloadType: 111 }) }));

  const bench = new Bench({ time: 300, warmupTime: 100 });
  const repeat = (call: () => void) => (): void => {
    for (let i = 0; i < CALLS; i++) call();
  };
  bench.add(
    'push, one packet a call',
    repeat(() => receiver.push(one)),
  );
  bench.add(
    `push, ${BATCH} packets a call`,
    repeat(() => receiver.push(fifty)),
  );
  bench.add(
    `pool, ${BATCH} packets a call`,
    repeat(() => pool.push(ofPool)),
  );
  bench.add(
    'poll with nothing due',
    repeat(() => receiver.drain(0, () => {})),
  );
  bench.add(
    'nextWakeup',
    repeat(() => receiver.nextWakeup()),
  );
  await bench.run();
  receiver.close();
  pool.close();

  return bench.tasks.map(({ name }) => {
    const units = name.includes(`${BATCH} packets`) ? CALLS * BATCH : CALLS;
    const unit = name.includes('packet') ? 'packet' : 'call';
    return { name, nsPerUnit: medianNs(bench, name) / units, unit };
  });
}
