import type { View } from './view.js';

/** Where a stage has its plot. */
export interface Plot {
  readonly widthPx: () => number;
  /** The place in the call under a point of the screen, ms. */
  readonly placeOf: (clientX: number) => number;
  /** How far right of the plot's left edge a point of the screen is, 0..1 within the plot. */
  readonly shareOf: (clientX: number) => number;
}

interface Finger {
  xPx: number;
  yPx: number;
  /** What it lies on while two of them stretch the view, ms. */
  placeMs: number;
}

/** What moved less was a click; a finger does not lie as still as a mouse, px. */
const CLICK_PX: Readonly<Record<string, number>> = { mouse: 5 };
const TAP_PX = 12;
/** Fingers nearer than this would stretch the view without bound, of its width. */
const NEAREST_RATIO = 0.04;

/**
 * Moves a view by mouse, pen and fingers: one drags it, two stretch it, so that each stays on the place it was put on. What
 * moves up and down is the page's.
 *
 * @param listen - a place was clicked or tapped
 */
export function moveByPointers(
  stage: HTMLElement,
  view: View,
  plot: Plot,
  listen: () => void,
): void {
  const fingers = new Map<number, Finger>();
  let movedPx = 0;
  /** A tap is of one finger, from the first touch to the last. */
  let isTap = false;
  const hold = (): void => {
    for (const finger of fingers.values()) finger.placeMs = plot.placeOf(finger.xPx);
  };

  stage.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    stage.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, { xPx: event.clientX, yPx: event.clientY, placeMs: 0 });
    isTap = fingers.size === 1;
    if (isTap) movedPx = 0;
    hold();
  });
  stage.addEventListener('pointermove', (event) => {
    const finger = fingers.get(event.pointerId);
    if (finger === undefined) {
      if (event.pointerType === 'mouse') view.lookAt(plot.placeOf(event.clientX));
      return;
    }
    const stepPx = event.clientX - finger.xPx;
    movedPx += Math.hypot(stepPx, event.clientY - finger.yPx);
    finger.xPx = event.clientX;
    finger.yPx = event.clientY;
    if (movedPx >= (CLICK_PX[event.pointerType] ?? TAP_PX)) isTap = false;
    if (fingers.size > 1) stretch(view, plot, fingers.values());
    else if (!isTap) view.pan((-stepPx / plot.widthPx()) * view.spanMs);
  });
  stage.addEventListener('pointerup', (event) => {
    const wasDown = fingers.delete(event.pointerId);
    hold();
    if (!wasDown || !isTap) return;
    isTap = false;
    view.lookAt(plot.placeOf(event.clientX));
    listen();
  });
  stage.addEventListener('pointercancel', (event) => {
    fingers.delete(event.pointerId);
    isTap = false;
    hold();
  });
}

/** Shows what puts the places of the outermost fingers under them. */
function stretch(view: View, { shareOf }: Plot, fingers: Iterable<Finger>): void {
  const sorted = [...fingers].sort((a, b) => a.placeMs - b.placeMs);
  const [left, right] = [sorted[0], sorted.at(-1)];
  if (left === undefined || right === undefined) return;
  const fromShare = shareOf(left.xPx);
  const apart = Math.max(NEAREST_RATIO, shareOf(right.xPx) - fromShare);
  const spanMs = (right.placeMs - left.placeMs) / apart;
  const fromMs = left.placeMs - fromShare * spanMs;
  view.show(fromMs, fromMs + spanMs);
}
