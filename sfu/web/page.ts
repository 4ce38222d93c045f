import { Call, type CallState } from './call.js';
import { type FeedState, followRoom } from './room-feed.js';
import { RoomView } from './room-view.js';
import { describeStatus } from './status.js';

const DEFAULT_ROOM = 'lobby';
const ROOM_NAME = /^[A-Za-z0-9_-]{1,64}$/;
const METER_EVERY_MS = 150;

function find<T extends HTMLElement>(id: string, kind: abstract new () => T): T {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`index.html has no ${kind.name} with the id ${id}`);
}

const controls = find('controls', HTMLFormElement);
const talk = find('talk', HTMLButtonElement);
const roomField = find('room', HTMLInputElement);
const tokenField = find('token', HTMLInputElement);
const meter = find('meter', HTMLElement);

const view = new RoomView({
  words: find('words', HTMLElement),
  finals: find('finals', HTMLElement),
  partials: find('partials', HTMLElement),
  faintKey: find('faint-key', HTMLElement),
  lesson: find('lesson', HTMLElement),
  notice: find('notice', HTMLElement),
  recognizer: find('recognizer', HTMLElement),
  speakers: find('speakers', HTMLElement),
  canvas: find('picture', HTMLCanvasElement),
  caption: find('picture-caption', HTMLElement),
  legend: find('legend', HTMLElement),
  ledger: find('ledger', HTMLElement),
  ledgerTotal: find('ledger-total', HTMLElement),
  ledgerNote: find('ledger-note', HTMLElement),
  counters: find('counters', HTMLElement),
});

const asked = new URLSearchParams(location.search).get('room') ?? '';
let room = ROOM_NAME.test(asked) ? asked : DEFAULT_ROOM;
let call: Call | undefined;
let callState: CallState = { kind: 'idle' };
let feedState: FeedState = 'connecting';
let watching = new AbortController();

function renderStatus(): void {
  const { tone, title, detail, asksToken } = describeStatus(callState, feedState);
  const pill = find('status', HTMLElement);
  pill.dataset.state = tone;
  find('status-text', HTMLElement).textContent = title;
  find('status-detail', HTMLElement).textContent = detail;
  if (asksToken) find('token-field', HTMLElement).hidden = false;

  const inCall = call !== undefined;
  talk.textContent = inCall ? 'Stop' : 'Start';
  talk.dataset.inCall = String(inCall);
  for (const field of controls.querySelectorAll('input, fieldset')) {
    if (field instanceof HTMLInputElement || field instanceof HTMLFieldSetElement) {
      field.disabled = inCall;
    }
  }
}

function token(): string | undefined {
  return tokenField.value === '' ? undefined : tokenField.value;
}

function watchRoom(): void {
  watching.abort();
  watching = new AbortController();
  const { signal } = watching;
  find('room-name', HTMLElement).textContent = room;
  roomField.value = room;
  const onState = (state: FeedState): void => {
    if (signal.aborted) return;
    feedState = state;
    if (state === 'open') view.beginAnew();
    renderStatus();
  };
  void followRoom(
    room,
    token(),
    { onEvent: (event) => view.take(event, performance.now()), onState },
    signal,
  );
}

function startCall(): void {
  // An empty field is valid to the browser, and no room.
  const wanted = ROOM_NAME.test(roomField.value) ? roomField.value : DEFAULT_ROOM;
  roomField.value = wanted;
  if (wanted !== room) {
    room = wanted;
    view.clear();
    const address = new URL(location.href);
    address.searchParams.set('room', room);
    history.replaceState(null, '', address);
    watchRoom();
  } else if (feedState === 'unauthorized' || feedState === 'refused') {
    watchRoom();
  }
  const processing = {
    autoGainControl: find('gain', HTMLInputElement).checked,
    echoCancellation: find('echo', HTMLInputElement).checked,
    noiseSuppression: find('noise', HTMLInputElement).checked,
  };
  const started = new Call({ room, token: token(), processing }, (state) => {
    callState = state;
    if (state.kind === 'live' && started.participant !== undefined) view.show(started.participant);
    const over = ['idle', 'microphone-refused', 'server-refused'].includes(state.kind);
    if (over && call === started) call = undefined;
    renderStatus();
  });
  call = started;
  renderStatus();
  void started.run();
  void showInputLevel(started);
}

async function showInputLevel(of: Call): Promise<void> {
  while (call === of) {
    // Speech is around a tenth of full scale: the square root gives it half of the meter.
    meter.style.transform = `scaleX(${Math.min(1, Math.sqrt(of.inputPeak) * 1.4).toFixed(3)})`;
    await new Promise((resolve) => setTimeout(resolve, METER_EVERY_MS));
  }
  meter.style.transform = 'scaleX(0)';
}

controls.addEventListener('submit', (event) => {
  event.preventDefault();
  if (call === undefined) startCall();
  else call.stop();
});
window.addEventListener('pagehide', () => call?.stop());

new ResizeObserver(() => view.refit()).observe(find('picture', HTMLCanvasElement));
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => view.refit());

const calm = matchMedia('(prefers-reduced-motion: reduce)');
let drawnAtMs = 0;
function animate(pageMs: number): void {
  // 30 pictures a second are smooth enough; a person who asks for calm gets two.
  if (pageMs - drawnAtMs >= (calm.matches ? 500 : 32)) {
    drawnAtMs = pageMs;
    view.draw(pageMs);
  }
  requestAnimationFrame(animate);
}

// Where there is room for them, the settings are open from the start.
find('settings', HTMLDetailsElement).open = matchMedia('(min-width: 56rem)').matches;
renderStatus();
watchRoom();
requestAnimationFrame(animate);
