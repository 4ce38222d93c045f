import type { CallData } from './call-data.js';
import { element } from './elements.js';
import { clock, duration } from './format.js';
import type { HeardPlaces } from './heard-places.js';
import { Player } from './player.js';
import { TAKE_RATE_HZ, type Take, Takes } from './takes.js';
import type { View } from './view.js';

const NAMES: Readonly<Record<Take, readonly [label: string, meaning: string]>> = {
  arrived: ['As it arrived', 'Packets that came in time; where none did, silence'],
  'in-time': ['In time', 'What was handed out when it was due'],
  repaired: ['Repaired', 'With what late packets put right afterwards'],
};

export interface Transport {
  readonly root: HTMLElement;
  /** Plays from the cursor. */
  readonly listen: () => void;
  /** Plays or stops. */
  readonly toggle: () => void;
}

/** The buttons that play the takes. */
export function transport(
  data: CallData,
  view: View,
  heard: HeardPlaces,
  showPlayhead: (atMs: number | undefined) => void,
): Transport {
  // Made when it is first needed: browsers want a gesture before sound.
  let player: Player | undefined;
  let takes: Takes | undefined;
  let latest: Take = 'in-time';
  const notice = element('span', { class: 'aside', role: 'status' });
  const buttons = new Map<Take, HTMLButtonElement>();

  const offered: readonly Take[] =
    data.audio.repaired.segments.length > 0
      ? ['arrived', 'in-time', 'repaired']
      : ['arrived', 'in-time'];
  const label = (): void => {
    for (const [take, button] of buttons) {
      const isPlaying = player?.take === take;
      button.setAttribute('aria-pressed', String(isPlaying));
      button.textContent = `${isPlaying ? '■' : '▶'} ${NAMES[take][0]}`;
    }
  };
  const update = (): void => {
    label();
    if (player?.take === undefined) showPlayhead(undefined);
    else requestAnimationFrame(follow);
  };
  const follow = (): void => {
    if (player?.take === undefined) return;
    showPlayhead(player.atMs);
    requestAnimationFrame(follow);
  };
  const play = (take: Take, fromMs: number): void => {
    latest = take;
    takes ??= new Takes(data, (file) =>
      new OfflineAudioContext(1, 1, TAKE_RATE_HZ).decodeAudioData(file),
    );
    const ready = takes;
    player ??= new Player(new AudioContext(), () => ready, update);
    const { fromMs: heardMs, toMs } = heard.nearest(fromMs) ?? { fromMs, toMs: fromMs };
    const startMs = fromMs < toMs ? Math.max(fromMs, heardMs) : heardMs;
    notice.textContent =
      startMs === fromMs ? '' : `No sound of ${clock(fromMs)} is kept; this is ${clock(startMs)}`;
    player.play(take, startMs, toMs).catch(() => {
      notice.textContent = 'This browser cannot play Ogg Opus';
    });
  };
  for (const take of offered) {
    const [, meaning] = NAMES[take];
    const button = element('button', { type: 'button', title: meaning, 'data-take': take });
    button.addEventListener('click', () => {
      if (player?.take === take) player.stop();
      // Another take of the same place, so that they can be told apart.
      else play(take, player?.take === undefined ? view.cursorMs : player.atMs);
    });
    buttons.set(take, button);
  }
  label();
  const { bitrateBps, leftOutMs } = data.audio;
  const keptMs = heard.stretches.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  const left =
    leftOutMs === 0
      ? ''
      : `; of so long a call there is room for ${duration(keptMs)} of it: the worst places first, then pieces all along`;
  const how = `sound at ${Math.round(bitrateBps / 1000)} kbit/s${left}`;
  return {
    root: element(
      'div',
      { class: 'takes', role: 'group', 'aria-label': 'Listen' },
      ...buttons.values(),
      element('span', { class: 'aside' }, how),
      notice,
    ),
    listen: () => play(latest, view.cursorMs),
    toggle: () => {
      if (player?.take === undefined) play(latest, view.cursorMs);
      else player.stop();
    },
  };
}
