import { ArrivalTrace } from '../analysis/arrival-trace.js';
import { packetReader } from '../analysis/packet-reading.js';
import type { Capture } from '../capture/capture.js';
import { type ChosenStream, headerInStream } from './streams.js';

/** The trace of one stream of a capture. */
export function traceOfStream(capture: Capture, stream: ChosenStream): ArrivalTrace {
  const trace = new ArrivalTrace();
  const read = packetReader(stream.codecs);
  for (const datagram of capture) {
    const header = headerInStream(datagram, stream);
    if (header !== undefined) trace.add(header, read(header, datagram.data, datagram.atUs));
  }
  return trace;
}
