/** A place in a call: 1:02:03.4, or 2:03.4 in calls below an hour. */
export function clock(ms: number): string {
  const tenths = Math.round(Math.max(0, ms) / 100);
  const seconds = Math.floor(tenths / 10);
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const rest = `${String(seconds % 60).padStart(2, '0')}.${tenths % 10}`;
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}

/** A length of time in the unit people would take; the unit is that of the rounded length. */
export function duration(ms: number): string {
  if (ms === 0) return '0 ms';
  if (Math.round(ms) < 1000) return `${round(ms, ms < 9.95 ? 1 : 0)} ms`;
  if (Math.round(ms / 100) < 600) return `${round(ms / 1000, 1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(ms / 60_000);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function percent(ratio: number): string {
  const value = ratio * 100;
  if (value === 0) return '0 %';
  if (value < 0.01) return '< 0.01 %';
  return `${value.toFixed(value < 9.995 ? 2 : 1)} %`;
}

export function count(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ' ');
}

export function milliseconds(ms: number): string {
  return ms.toFixed(ms < 100 ? 1 : 0);
}

export function round(value: number, digits: number): string {
  return value.toFixed(digits);
}

export function plural(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}
