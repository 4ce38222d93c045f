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

/** A pointer that moved less was a click, px. */
const CLICK_PX = 5;
const WHEEL_STEP = 0.0022;
const KEY_SHARE = 1 / 40;
const MOMENT_SPAN_MS = 6000;

/** Moves a view by pointer, wheel, touch and keyboard. */
export function steer(stage: HTMLElement, view: View, options: SteeringOptions): void {
  const plotPx = (): number => Math.max(1, stage.clientWidth - options.gutterPx - options.rightPx);
  const placeOf = (clientX: number): number => {
    const x = clientX - stage.getBoundingClientRect().left - options.gutterPx;
    return view.fromMs + (x / plotPx()) * view.spanMs;
  };

  stage.addEventListener(
    'wheel',
    (event) => {
      const isSideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
      // A page that is scrolled past must not zoom by the way.
      if (!isSideways && !event.ctrlKey && document.activeElement !== stage) return;
      event.preventDefault();
      if (isSideways) view.pan((event.deltaX / plotPx()) * view.spanMs);
      else view.zoom(Math.exp(event.deltaY * WHEEL_STEP), placeOf(event.clientX));
    },
    { passive: false },
  );

  steerByPointers(stage, view, { plotPx, placeOf, listen: options.listen });
  stage.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (!pressed(event.key, event.shiftKey, view, options)) return;
    event.preventDefault();
  });
}

function steerByPointers(
  stage: HTMLElement,
  view: View,
  {
    plotPx,
    placeOf,
    listen,
  }: {
    readonly plotPx: () => number;
    readonly placeOf: (clientX: number) => number;
    readonly listen: () => void;
  },
): void {
  const pointers = new Map<number, number>();
  let movedPx = 0;
  stage.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    stage.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, event.clientX);
    if (pointers.size === 1) movedPx = 0;
  });
  stage.addEventListener('pointermove', (event) => {
    const beforePx = pointers.get(event.pointerId);
    if (beforePx === undefined) {
      if (event.pointerType === 'mouse') view.lookAt(placeOf(event.clientX));
      return;
    }
    const stepPx = event.clientX - beforePx;
    movedPx += Math.abs(stepPx);
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    pointers.set(event.pointerId, event.clientX);
    if (other === undefined) {
      if (movedPx >= CLICK_PX) view.pan((-stepPx / plotPx()) * view.spanMs);
      return;
    }
    const [before, after] = [Math.abs(beforePx - other), Math.abs(event.clientX - other)];
    view.zoom(before / Math.max(1, after), placeOf((event.clientX + other) / 2));
  });
  stage.addEventListener('pointerup', (event) => {
    const wasDown = pointers.delete(event.pointerId);
    if (!wasDown || pointers.size > 0 || movedPx >= CLICK_PX) return;
    view.lookAt(placeOf(event.clientX));
    listen();
  });
  stage.addEventListener('pointercancel', (event) => {
    pointers.delete(event.pointerId);
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
