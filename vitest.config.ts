import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    // Folders with installed packages take their time to be removed on a busy disk.
    hookTimeout: 60_000,
    // Two engines at once is what two cores bear; the browser test needs one of them.
    maxWorkers: 2,
    reporters: ['default', './test/helpers/skip-reporter.ts'],
  },
});

export default config;
