import { expect, it } from 'vitest';
import { chooseRecognizer, probeRecognizers } from '../../src/recognizers/choose-recognizer.js';

const [pocketSphinx] = await probeRecognizers();
const installed = pocketSphinx?.available === true;

it('tells of every recognizer whether it can be used, and if not what helps', async () => {
  const probes = await probeRecognizers();

  expect(probes.map(({ name }) => name)).toEqual(['pocketsphinx', 'sherpa-onnx', 'activity']);
  for (const { available, missing } of probes) expect(missing === undefined).toBe(available);
  expect(probes[1]?.missing).toMatch(/npm install sherpa-onnx-node|modelFolder/);
});

it.skipIf(!installed)(
  'takes PocketSphinx of itself where Debian’s packages are installed',
  async () => {
    const { recognizer, advice } = await chooseRecognizer();

    expect(recognizer.name).toBe('pocketsphinx');
    expect(advice).toBeUndefined();
    await recognizer.close();
  },
);

it('falls back to activity where PocketSphinx is not installed', async (ctx) => {
  ctx.skip(installed, 'PocketSphinx is installed here');
  const { recognizer, advice } = await chooseRecognizer();

  expect(recognizer.name).toBe('activity');
  expect(advice).toContain('sudo apt-get install -y libpocketsphinx3 pocketsphinx-en-us');
});

it('says in one line how to get words when it gives none', async () => {
  const { recognizer, advice } = await chooseRecognizer({ name: 'activity' });

  expect(recognizer.capabilities.words).toBe('none');
  expect(advice?.split('\n')).toHaveLength(1);
  expect(advice).toContain('sudo apt-get install -y libpocketsphinx3 pocketsphinx-en-us');
});

it('does not quietly do without files that were given', async () => {
  const choice = { options: { languageModel: '/nowhere/words.arpa' } };

  await expect(chooseRecognizer(choice)).rejects.toMatchObject({
    code: 'EARSHOT_RECOGNIZER_MISSING',
  });
});

it('refuses a name and an option it does not know', async () => {
  await expect(chooseRecognizer({ name: 'whisper' })).rejects.toThrow(
    /auto, pocketsphinx, sherpa-onnx, activity/,
  );
  await expect(
    chooseRecognizer({ name: 'pocketsphinx', options: { speed: 1 } }),
  ).rejects.toMatchObject({ code: 'EARSHOT_BAD_OPTION' });
});
