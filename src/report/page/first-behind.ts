/**
 * The first of stretches in order of time that ends behind a place, so that it holds the place or is the next one; their
 * number where there is none.
 *
 * @param endOf - where a stretch ends
 */
export function firstBehind(
  stretches: number,
  endOf: (index: number) => number,
  place: number,
): number {
  let [low, high] = [0, stretches];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (endOf(middle) <= place) low = middle + 1;
    else high = middle;
  }
  return low;
}
