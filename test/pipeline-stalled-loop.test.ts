import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { systemClock } from '../src/clock.js';
import { SpeechPipeline } from '../src/pipeline.js';
import { talk } from '../src/simulate/index.js';
import { fixtureCall } from './helpers/call.js';
import { FakeRecognizer } from './recognizers/fake-recognizer.js';

it('does not conceal packets that wait in a socket while the event loop stands still', async () => {
  const { pcm } = fixtureCall();
  const packets = talk(pcm.slice(16 * 1500, 16 * 2300), { sampleRateHz: 16_000, ssrc: 7 });
  const pipeline = await SpeechPipeline.open({
    recognizer: new FakeRecognizer(),
    receiver: { deadlineMs: 200 },
  });
  const receiver = createSocket('udp4');
  const sender = createSocket('udp4');
  receiver.bind(0, '127.0.0.1');
  await once(receiver, 'listening');
  receiver.on('message', (data) => pipeline.push([{ data, arrivalUs: systemClock.nowUs() }]));
  const send = (data: Uint8Array): Promise<unknown> =>
    new Promise((resolve) => sender.send(data, receiver.address().port, '127.0.0.1', resolve));
  const provenances: string[] = [];
  pipeline.on('frame', ({ frame }) => provenances.push(frame.provenance));

  for (const { data } of packets.slice(0, 15)) {
    await send(data);
    await sleep(20);
  }
  const heard = provenances.length;
  for (const { data } of packets.slice(15, 35))
    sender.send(data, receiver.address().port, '127.0.0.1');
  // 800 ms are far over the engine's deadline: its wake-up rings first when the loop goes on.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 800);
  while (provenances.length < heard + 20) await sleep(5);

  expect(provenances.slice(0, 35)).toEqual(Array(35).fill('received'));
  await pipeline.close();
  receiver.close();
  sender.close();
});
