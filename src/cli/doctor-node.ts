import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from '../package-folder.js';
import type { Finding } from './doctor-finding.js';

export function examineNode(): Finding {
  const manifest: { engines: { node: string } } = JSON.parse(
    readFileSync(join(packageFolder(), 'package.json'), 'utf8'),
  );
  const wanted = manifest.engines.node;
  const facts = {
    version: process.version,
    platform: process.platform,
    arch: process.arch,
    napi: process.versions.napi,
    wanted,
  };
  return isAtLeast(process.versions.node, wanted.replace(/^>=/, ''))
    ? {
        name: 'node',
        state: 'ok',
        found: `${process.version} on ${process.platform}-${process.arch}`,
        facts,
      }
    : {
        name: 'node',
        state: 'failed',
        found: `${process.version}, Earshot needs ${wanted}`,
        help: 'install a newer Node from nodejs.org',
        facts,
      };
}

function isAtLeast(version: string, minimum: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = minimum.split('.').map(Number);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}
