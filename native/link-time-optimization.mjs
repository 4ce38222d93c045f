import { spawnSync } from 'node:child_process';

/**
 * Flags that let the compiler look over the engine's files at once: its short functions then cost no calls. With GCC on
 * Linux alone, whose objects hold plain code as well, so that a linker that cannot do it still links them.
 *
 * @returns {Readonly<Record<string, string>>} for `buildWithGyp`
 */
export function linkTimeOptimization() {
  const { CXX = 'g++', CXXFLAGS = '', LDFLAGS = '' } = process.env;
  if (process.platform !== 'linux') return {};
  const { stdout } = spawnSync(`${CXX} --version`, { shell: true, encoding: 'utf8' });
  if (!/Free Software Foundation/.test(stdout ?? '')) return {};
  return {
    CXXFLAGS: `${CXXFLAGS} -flto=auto -ffat-lto-objects`.trim(),
    LDFLAGS: `${LDFLAGS} -flto=auto`.trim(),
  };
}
