import { moveByPointers, type Plot } from './pointer-gestures.js';
import type { View } from './view.js';

export interface SteeringOptions {
  readonly gutterPx: number;
  readonly rightPx: number;
  /** A place was clicked. */
  readonly listen: () => void;
  /** The space bar was pressed. */
  readonly toggle: () => void;
  /** Where N and P go to, ms in order. */
  readonly places: readonly number[];
}

const WHEEL_STEP = 0.0022;
const KEY_SHARE = 1 / 40;
const MOMENT_SPAN_MS = 6000;

/** Moves a view by pointer, wheel, touch and keyboard. */
export function steer(stage: HTMLElement, view: View, options: SteeringOptions): void {
  const widthPx = (): number => Math.max(1, stage.clientWidth - options.gutterPx - options.rightPx);
  const shareOf = (clientX: number): number =>
    (clientX - stage.getBoundingClientRect().left - options.gutterPx) / widthPx();
  const placeOf = (clientX: number): number => view.fromMs + shareOf(clientX) * view.spanMs;
  const plot: Plot = { widthPx, shareOf, placeOf };

  stage.addEventListener(
    'wheel',
    (event) => {
      const isSideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
      // A page that is scrolled past must not zoom by the way.
      if (!isSideways && !event.ctrlKey && document.activeElement !== stage) return;
      event.preventDefault();
      if (isSideways) view.pan((event.deltaX / widthPx()) * view.spanMs);
      else view.zoom(Math.exp(event.deltaY * WHEEL_STEP), placeOf(event.clientX));
    },
    { passive: false },
  );

  moveByPointers(stage, view, plot, options.listen);
  stage.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (!pressed(event.key, event.shiftKey, view, options)) return;
    event.preventDefault();
  });
}

/** @returns whether the key means something */
function pressed(
  key: string,
  isShifted: boolean,
  view: View,
  { toggle, places }: SteeringOptions,
): boolean {
  const stepMs = view.spanMs * (isShifted ? 0.5 : KEY_SHARE);
  const goTo = (placeMs: number | undefined): void => {
    if (placeMs === undefined) return;
    view.show(placeMs - MOMENT_SPAN_MS / 2, placeMs + MOMENT_SPAN_MS / 2);
    view.lookAt(placeMs);
  };
  const actions: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => view.lookAt(view.cursorMs - stepMs),
    ArrowRight: () => view.lookAt(view.cursorMs + stepMs),
    '+': () => view.zoom(0.5, view.cursorMs),
    '=': () => view.zoom(0.5, view.cursorMs),
    '-': () => view.zoom(2, view.cursorMs),
    Home: () => view.lookAt(0),
    End: () => view.lookAt(view.durationMs),
    '0': () => view.showAll(),
    n: () => goTo(places.find((place) => place > view.cursorMs + 1)),
    p: () => goTo(places.findLast((place) => place < view.cursorMs - 1)),
    ' ': toggle,
  };
  const action = actions[key.length === 1 ? key.toLowerCase() : key];
  action?.();
  return action !== undefined;
}
