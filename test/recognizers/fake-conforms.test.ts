import { noise } from '../helpers/chunks.js';
import { describeRecognizer } from './conformance.js';
import { FakeRecognizer } from './fake-recognizer.js';

describeRecognizer('the fake', {
  create: () => new FakeRecognizer(),
  speech: noise(2000, -25),
});
