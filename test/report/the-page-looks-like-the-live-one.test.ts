import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROVENANCE_STYLES as LIVE } from '../../sfu/web/provenance.js';
import { PROVENANCES } from '../../src/index.js';
import { PROVENANCE_ORDER, PROVENANCE_STYLES } from '../../src/report/page/provenance.js';

const ROOT = join(import.meta.dirname, '../..');

/** Colours of a sheet by name, light and dark. */
function liveColours(): Map<string, readonly string[]> {
  const colours = new Map<string, string[]>();
  const sheet = readFileSync(join(ROOT, 'sfu/web/page.css'), 'utf8');
  for (const [, name = '', value = ''] of sheet.matchAll(/--([\w-]+): ([^;]+);/g)) {
    colours.set(name, [...(colours.get(name) ?? []), value]);
  }
  return colours;
}

describe('the page of a report', () => {
  it('calls kinds of audio what the live page calls them, and draws them so', () => {
    expect(PROVENANCE_STYLES).toEqual(LIVE);
    expect(PROVENANCE_ORDER).toEqual(PROVENANCES);
  });

  it('has the colours of the live page in both themes', () => {
    const sheet = readFileSync(join(ROOT, 'src/report/page/page.css'), 'utf8');
    const live = liveColours();
    const shared = PROVENANCES.filter((name) => live.has(name));
    expect(shared).toEqual(PROVENANCES);
    for (const name of [...shared, 'ground', 'surface', 'text', 'muted', 'line', 'accent']) {
      const [light, dark] = live.get(name) ?? [];
      expect(sheet).toContain(`--${name}: light-dark(${light}, ${dark});`);
    }
  });
});
