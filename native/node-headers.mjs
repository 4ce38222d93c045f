import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/**
 * Finds the folder to hand to node-gyp as `--nodedir`, so that it downloads no headers.
 *
 * Node's own tarballs, nvm, the Docker images and NodeSource put `include/node` beside `bin`; Debian's
 * libnode-dev puts it under /usr. Only Node-API headers are used and those are the same for all
 * versions, so a folder of another major version serves when there is none of this one.
 *
 * @returns {string | undefined} `undefined` when this machine has no headers: node-gyp then fetches them from nodejs.org
 */
export function findNodeHeaders() {
  const folders = [
    resolve(dirname(process.execPath), '..'),
    process.env.npm_config_nodedir,
    process.config.variables.node_prefix,
    '/usr',
    '/usr/local',
  ].filter((folder) => folder && existsSync(join(folder, 'include/node/common.gypi')));
  return folders.find((folder) => headerMajor(folder) === ownMajor()) ?? folders[0];
}

function headerMajor(folder) {
  const header = join(folder, 'include/node/node_version.h');
  if (!existsSync(header)) return undefined;
  return Number(/#define NODE_MAJOR_VERSION (\d+)/.exec(readFileSync(header, 'utf8'))?.[1]);
}

function ownMajor() {
  return Number(process.versions.node.split('.')[0]);
}
