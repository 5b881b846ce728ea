import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Seconds each, in files that are short: by size, as vitest sorts, one of them would begin when everything else has ended. */
const LONG = [
  ...['examples/adventureworks', 'kills/kills', 'leaks/leaks', 'sim/sim', 'examples/adaptive', 'examples/enterprise'],
  ...['cli/sweep', 'kills/signals', 'cli/resolve', 'kills/ambiguous', 'cli/calls', 'kills/errno', 'audit/bits'],
  ...['cli/dry-run', 'qad/acceptance', 'leaks/tunnel', 'cli/pace', 'cli/pipes', 'cli/signoff', 'kills/races'],
].map((name) => `/test/${name}.test.ts`)

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const bySize = await super.sort(files)
    return bySize.sort((one, other) => place(one) - place(other))
  }
}

function place({ moduleId }: TestSpecification): number {
  const found = LONG.findIndex((name) => moduleId.endsWith(name))
  return found < 0 ? LONG.length : found
}

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/leaks/tally.ts'],
    setupFiles: ['test/leaks/each-file.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    restoreMocks: true,
    unstubEnvs: true,
  },
})
