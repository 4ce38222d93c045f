// Reads callgrind's output, as valgrind's manual describes it (Callgrind Format Specification).

/**
 * @typedef {object} Call
 * @property {string} from
 * @property {string} to
 * @property {number} instructions of the callee and all it calls
 *
 * @typedef {object} Profile
 * @property {number} total instructions
 * @property {Map<string, number>} own instructions of each function by itself
 * @property {Call[]} calls
 */

/**
 * @param {string} text a profile with one event, Ir
 * @returns {Profile}
 * @throws {Error} when it does not add up to the total that stands in it
 */
export function readCallgrind(text) {
  const names = new Map();
  /** `(7) name` where it stands first, `(7)` from then on. */
  const nameOf = (word) => {
    const [, id, name] = /^\((\d+)\)(?: (.*))?$/.exec(word) ?? [];
    if (id === undefined) return word;
    if (name !== undefined) names.set(id, name);
    return names.get(id);
  };

  const own = new Map();
  const calls = [];
  let total = 0;
  let from = '';
  let to;
  for (const line of text.split('\n')) {
    if (line.startsWith('fn=')) {
      from = nameOf(line.slice(3));
    } else if (line.startsWith('cfn=')) {
      to = nameOf(line.slice(4));
    } else if (/^[+\-*\d]/.test(line)) {
      const instructions = Number(line.split(' ')[1]);
      // The line behind `calls=` holds what the callee took.
      if (to === undefined) {
        own.set(from, (own.get(from) ?? 0) + instructions);
        total += instructions;
      } else {
        calls.push({ from, to, instructions });
        to = undefined;
      }
    }
  }
  const stated = Number(/^totals: (\d+)$/m.exec(text)?.[1]);
  if (total === 0 || total !== stated) {
    throw new Error(`Expected a profile of ${stated} instructions, read ${total}`);
  }
  return { total, own, calls };
}
