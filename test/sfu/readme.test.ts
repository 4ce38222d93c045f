import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { OPTION_NAMES } from '../../sfu/config.js';
import { LIMIT_RANGES } from '../../sfu/limits.js';
import { Metrics } from '../../sfu/metrics.js';

const read = (file: string): string =>
  readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
const README = read('sfu/README.md');

/** Cells of the table rows under a heading, without the row of titles. */
function rowsUnder(heading: string): string[][] {
  const [, section = ''] = README.split(`\n## ${heading}\n`);
  const [table = ''] = section.split('\n## ');
  return table
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('|---'))
    .slice(1)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

const variableOf = (option: string): string =>
  `EARSHOT_${option.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;

describe("the server's README", () => {
  it('lists every option and limit with its variable, and no other', () => {
    const rows = rowsUnder('Configuration');
    const limits = Object.keys(LIMIT_RANGES).map((name) => `\`limits.${name}\``);
    const options = OPTION_NAMES.filter((name) => name !== 'limits').map((name) => `\`${name}\``);

    expect(rows.map(([option]) => option).sort()).toEqual([...options, ...limits].sort());
    for (const [option = '', variable = ''] of rows) {
      if (option === '`logDestination`') continue;
      expect(variable).toContain(`\`${variableOf(option.replace(/^`(limits\.)?|`$/g, ''))}\``);
    }
  });

  it('tells the range and default of every limit as they are', () => {
    const rows = new Map(rowsUnder('Configuration').map(([option, ...rest]) => [option, rest]));

    for (const [name, { min, max, default: value }] of Object.entries(LIMIT_RANGES)) {
      const [, range = '', shown] = rows.get(`\`limits.${name}\``) ?? [];
      expect(range.startsWith(`${min}..${max}`), `${name}: ${range}`).toBe(true);
      expect(shown).toBe(`\`${value}\``);
    }
  });

  it('lists every event, and no other', () => {
    const types = [...read('sfu/room-events.ts').matchAll(/readonly type: '([a-z-]+)'/g)];

    expect(rowsUnder('Events').map(([type]) => type)).toEqual(
      types.map(([, type]) => `\`${type}\``),
    );
  });

  it('lists every metric, and no other', async () => {
    const metrics = new Metrics();
    const names = [...(await metrics.text()).matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name);
    metrics.close();

    const listed = rowsUnder('Metrics').flatMap(([cell = '']) => cell.match(/earshot_\w+/g) ?? []);

    expect(listed.sort()).toEqual(names.sort());
  });
});
