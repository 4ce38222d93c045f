export type { DelayStep, Recurring, Span } from './disturbances.js';
export type { JitterSettings } from './jitter.js';
export type { LossSettings } from './loss.js';
export type { NetworkSettings, TimedPacket } from './network.js';
export { Network, throughNetwork } from './network.js';
export { Random } from './random.js';
export type { TalkSettings } from './talk.js';
export { talk } from './talk.js';
