import type { CallState } from './call.js';
import type { MicrophoneFailure } from './microphone.js';
import type { FeedState } from './room-feed.js';

/** What the page says about itself; `tone` chooses the colour and shape of the dot. */
export interface Status {
  readonly tone: 'idle' | 'busy' | 'live' | 'warning' | 'error';
  readonly title: string;
  readonly detail: string;
  /** Whether a Bearer token may help. */
  readonly asksToken: boolean;
}

const MICROPHONE_HELP: Readonly<Record<MicrophoneFailure, string>> = {
  denied:
    'The browser keeps the microphone from this page. Allow it beside the address bar, then press Start.',
  missing: 'No microphone was found. Plug one in, then press Start.',
  busy: 'The microphone could not be opened; another program may hold it. Close that, then press Start.',
  insecure: 'Browsers give the microphone only to pages from https:// or from localhost.',
};

export function describeStatus(call: CallState, feed: FeedState): Status {
  if (call.kind === 'microphone-refused') {
    return status('error', 'No microphone', MICROPHONE_HELP[call.failure]);
  }
  if (call.kind === 'server-refused') return refusal(call.status, call.reason);
  if (call.kind === 'asking') {
    return status(
      'busy',
      'Asking for the microphone',
      'Your browser asks whether this page may listen.',
    );
  }
  if (feed === 'gone') {
    return status(
      'error',
      'Server gone',
      'The server does not answer. This page comes back by itself when it does.',
    );
  }
  if (feed === 'full' && call.kind === 'idle') {
    return status(
      'warning',
      'Full',
      'The server takes no more watchers now; this page keeps asking.',
    );
  }
  switch (call.kind) {
    case 'connecting':
      return status('busy', 'Connecting', '');
    case 'reconnecting':
      return status('warning', 'Reconnecting', 'The connection broke; the words so far are kept.');
    case 'live':
      return feed === 'open'
        ? status('live', 'Live', '')
        : status('warning', 'Live', 'Your voice arrives, but the words cannot be shown yet.');
    default:
      break;
  }
  if (feed === 'unauthorized') return refusal(401, '');
  if (feed === 'refused') return refusal(404, 'The server does not know this room');
  return status('idle', 'Ready', '');
}

function refusal(httpStatus: number, reason: string): Status {
  if (httpStatus === 401 || httpStatus === 403) {
    return {
      ...status(
        'warning',
        'Token needed',
        'This server asks for an access token before it takes calls.',
      ),
      asksToken: true,
    };
  }
  if (httpStatus === 0) return status('error', 'Not connected', reason);
  return status('error', 'Refused by the server', `${reason} (status ${httpStatus})`);
}

function status(tone: Status['tone'], title: string, detail: string): Status {
  return { tone, title, detail, asksToken: false };
}
