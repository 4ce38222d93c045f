import type { Reporter, TestModule } from 'vitest/node';

/** Ends a run with what was skipped and why: a skipped test is a thing not known, not a thing that passed. */
export default class SkipReporter implements Reporter {
  // The default reporter prints its summary in the same hook; this one must come after it.
  async onTestRunEnd(modules: readonly TestModule[]): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    const skipped = modules.flatMap((module) =>
      [...module.children.allTests('skipped')].map((test) => {
        const result = test.result();
        const reason = result.state === 'skipped' && result.note ? `: ${result.note}` : '';
        return `  ${module.relativeModuleId} > ${test.fullName}${reason}`;
      }),
    );
    process.stdout.write(
      skipped.length === 0
        ? '\nNothing was skipped.\n'
        : `\nSkipped, ${skipped.length} in all:\n${skipped.join('\n')}\n`,
    );
  }
}
