import { PROVENANCE_ORDER, PROVENANCE_STYLES, type Provenance } from './provenance.js';

/** The colours of the current theme, ready for a canvas. */
export interface Palette {
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly lossBand: string;
  readonly font: string;
  readonly fills: ReadonlyMap<Provenance, string | CanvasPattern>;
}

/** Reads the page's CSS variables; call again when the theme or the pixel ratio changes. */
export function readPalette(canvas: HTMLCanvasElement, pixelRatio: number): Palette {
  const style = getComputedStyle(canvas);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const fills = new Map<Provenance, string | CanvasPattern>();
  for (const provenance of PROVENANCE_ORDER) {
    const { colour: name, texture } = PROVENANCE_STYLES[provenance];
    fills.set(
      provenance,
      texture === 'hatched' ? hatch(colour(name), colour('--surface'), pixelRatio) : colour(name),
    );
  }
  return {
    text: colour('--text'),
    muted: colour('--muted'),
    line: colour('--line'),
    lossBand: colour('--loss-band'),
    font: style.fontFamily,
    fills,
  };
}

/** Diagonal stripes, so that what was made up is told from what was heard without its colour. */
function hatch(ink: string, ground: string, pixelRatio: number): string | CanvasPattern {
  const side = Math.max(4, Math.round(4 * pixelRatio));
  const tile = document.createElement('canvas');
  tile.width = side;
  tile.height = side;
  const pen = tile.getContext('2d');
  if (pen === null) return ink;
  pen.fillStyle = ground;
  pen.fillRect(0, 0, side, side);
  pen.strokeStyle = ink;
  pen.lineWidth = side * 0.5;
  pen.beginPath();
  for (const shift of [-side, 0, side]) {
    pen.moveTo(shift - 1, side + 1);
    pen.lineTo(shift + side + 1, -1);
  }
  pen.stroke();
  const pattern = pen.createPattern(tile, 'repeat');
  // The picture draws in CSS pixels; the tile is in device pixels.
  pattern?.setTransform(new DOMMatrix().scale(1 / pixelRatio));
  return pattern ?? ink;
}
