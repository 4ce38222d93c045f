export type { LogLevel, RecognizerChoice, SfuOptions } from './config.js';
export { readOptionsFile, readSfuOptions } from './config-sources.js';
export type { Limits } from './limits.js';
export type { FrameNote, RoomEvent, StagePercentiles, TranscriptWord } from './room-events.js';
export { createServer, type SfuServer } from './server.js';
