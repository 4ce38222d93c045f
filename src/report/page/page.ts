import { readCallData } from './call-data.js';
import { element } from './elements.js';
import { clock, duration, milliseconds, percent } from './format.js';
import { HeardPlaces } from './heard-places.js';
import { clockSection, delaySection, lossSection, placeLink } from './network-sections.js';
import {
  countersSection,
  ledgerSection,
  qualitySection,
  recoverySection,
  reproduceSection,
  tradeOffSection,
} from './outcome-sections.js';
import { readTheme, themeToggle, watchTheme } from './theme.js';
import { Timeline } from './timeline.js';
import { transport } from './transport.js';
import { verdictOf } from './verdict.js';
import { View } from './view.js';

const data = readCallData();
const { report } = data;
const view = new View(data.durationMs);
const heard = new HeardPlaces(data);
const controls = transport(data, view, heard, (atMs) => timeline.showPlayhead(atMs));
const timeline = new Timeline(data, view, heard, {
  transport: controls.root,
  listen: controls.listen,
  toggle: controls.toggle,
});
const verdict = verdictOf(report);

function keyFigures(): HTMLElement {
  const { audio, packets, latencyMs, interruptions } = report;
  const sent = Math.max(1, packets.received + packets.lost);
  const figures: readonly (readonly [string, string])[] = [
    ['made up', percent(audio.concealedRatio)],
    ['longest gap', duration(interruptions.longestConcealmentMs)],
    ['packets lost', percent(packets.lost / sent)],
    ['median delay', `${milliseconds(latencyMs.p50)} ms`],
    ['99 % within', `${milliseconds(latencyMs.p99)} ms`],
    ['call', duration(audio.emittedMs)],
  ];
  return element(
    'dl',
    { class: 'figures' },
    ...figures.map(([name, value]) =>
      element('div', {}, element('dt', {}, name), element('dd', {}, value)),
    ),
  );
}

function moments(): HTMLElement | undefined {
  if (data.moments.length === 0) return undefined;
  return element(
    'nav',
    { class: 'moments', 'aria-label': 'Worst moments' },
    element('h2', {}, 'Worst moments'),
    element(
      'ol',
      {},
      ...data.moments.map(({ startMs, durationMs, concealedMs }) =>
        element(
          'li',
          {},
          placeLink(startMs, durationMs),
          element(
            'span',
            {},
            durationMs > concealedMs
              ? `${duration(concealedMs)} of ${duration(durationMs)} made up`
              : `${duration(concealedMs)} made up`,
          ),
        ),
      ),
    ),
  );
}

document
  .getElementById('report')
  ?.append(
    element('a', { class: 'skip', href: '#stage' }, 'To the time line'),
    element(
      'header',
      { class: 'masthead' },
      element(
        'p',
        { class: 'file' },
        element('b', {}, report.capture.file),
        ` · ${report.config.mode} · ${clock(report.capture.durationMs)}`,
        report.speech === undefined
          ? undefined
          : ' · headers alone were captured; what is heard is not what was said',
      ),
      element('div', { class: 'screen-only' }, themeToggle()),
    ),
    element(
      'main',
      {},
      element(
        'section',
        { class: 'verdict', 'data-grade': verdict.grade, 'aria-label': 'Verdict' },
        element(
          'div',
          {},
          element('h1', {}, verdict.headline),
          ...verdict.sentences.map((text) => element('p', {}, text)),
        ),
        moments(),
        keyFigures(),
      ),
      timeline.root,
      ...[
        delaySection(data),
        lossSection(data),
        recoverySection(data),
        ledgerSection(data),
        tradeOffSection(data),
        qualitySection(data),
        clockSection(data),
        countersSection(data),
        reproduceSection(data),
      ].filter((part) => part !== undefined),
    ),
  );

document.addEventListener('click', (event) => {
  const link = event.target instanceof Element ? event.target.closest('a[data-start]') : null;
  if (!(link instanceof HTMLAnchorElement)) return;
  event.preventDefault();
  view.goTo(Number(link.dataset.start), Number(link.dataset.duration));
  timeline.root.scrollIntoView({ block: 'nearest' });
  document.getElementById('stage')?.focus({ preventScroll: true });
});

const refit = (): void => timeline.refit(readTheme(devicePixelRatio));
refit();
watchTheme(refit);
new ResizeObserver(refit).observe(timeline.root);
performance.mark('earshot-drawn');
