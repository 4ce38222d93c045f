import { PROVENANCE_ORDER, PROVENANCE_STYLES } from './provenance.js';

/** Colours of the theme as a canvas takes them. */
export interface Theme {
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly surface: string;
  readonly accent: string;
  readonly delay: string;
  readonly delayBand: string;
  readonly network: string;
  readonly late: string;
  readonly lost: string;
  readonly lossBand: string;
  readonly font: string;
  /** By the engine's numbers. */
  readonly fills: readonly (string | CanvasPattern)[];
}

/** Reads the page's colours; again when the theme, the medium or the pixel ratio changes. */
export function readTheme(pixelRatio: number): Theme {
  const probe = document.createElement('i');
  document.body.append(probe);
  const colour = (name: string): string => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const theme = {
    text: colour('--text'),
    muted: colour('--muted'),
    line: colour('--line'),
    surface: colour('--surface'),
    accent: colour('--accent'),
    delay: colour('--delay'),
    delayBand: colour('--delay-band'),
    network: colour('--network'),
    late: colour('--late'),
    lost: colour('--plc'),
    lossBand: colour('--loss-band'),
    font: getComputedStyle(document.body).fontFamily,
    fills: PROVENANCE_ORDER.map((name) => {
      const { colour: variable, texture } = PROVENANCE_STYLES[name];
      const ink = colour(variable);
      return texture === 'hatched' ? stripes(ink, colour('--surface'), pixelRatio) : ink;
    }),
  };
  probe.remove();
  return theme;
}

/** Side of a tile of stripes, CSS pixels. */
const TILE_PX = 4;

/** Stripes that rise to the right: what was made up is told from what was heard without its colour. */
function stripes(ink: string, ground: string, pixelRatio: number): string | CanvasPattern {
  const tile = document.createElement('canvas');
  const side = Math.max(TILE_PX, Math.round(TILE_PX * pixelRatio));
  tile.width = side;
  tile.height = side;
  const pen = tile.getContext('2d');
  if (pen === null) return ink;
  pen.fillStyle = ground;
  pen.fillRect(0, 0, side, side);
  pen.strokeStyle = ink;
  pen.lineWidth = side / 2;
  // The neighbours' stripes reach into the corners.
  for (const x of [-side, 0, side]) {
    pen.moveTo(x - side, 2 * side);
    pen.lineTo(x + 2 * side, -side);
  }
  pen.stroke();
  const pattern = pen.createPattern(tile, 'repeat');
  // Canvases of the page are drawn in CSS pixels.
  pattern?.setTransform(new DOMMatrix().scale(1 / pixelRatio));
  return pattern ?? ink;
}

/** Calls back when colours change by the system, the toggle, or because the page is printed. */
export function watchTheme(changed: () => void): void {
  for (const query of ['(prefers-color-scheme: dark)', 'print']) {
    matchMedia(query).addEventListener('change', changed);
  }
  addEventListener('beforeprint', changed);
  addEventListener('afterprint', changed);
  new MutationObserver(changed).observe(document.documentElement, {
    attributeFilter: ['data-theme'],
  });
}

/** The button that goes over to the other theme. */
export function themeToggle(): HTMLButtonElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'quiet';
  const isDark = (): boolean => {
    const chosen = document.documentElement.dataset.theme;
    return chosen === undefined
      ? matchMedia('(prefers-color-scheme: dark)').matches
      : chosen === 'dark';
  };
  const name = (): void => {
    button.textContent = isDark() ? 'Light' : 'Dark';
    button.setAttribute('aria-label', isDark() ? 'Use the light theme' : 'Use the dark theme');
  };
  button.addEventListener('click', () => {
    document.documentElement.dataset.theme = isDark() ? 'light' : 'dark';
    name();
  });
  name();
  return button;
}
