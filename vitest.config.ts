import { defineConfig } from 'vitest/config'

/** Tests that bring up a real Ethereum node or a child process are slow; they get minutes, never an assertion on time. */
export default defineConfig({
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'packages/*/test/**/*.test.ts',
      'apps/*/src/**/*.test.ts',
      'apps/*/test/**/*.test.ts',
      'test/**/*.test.ts',
      'tools/**/*.test.ts',
    ],
    testTimeout: 180_000,
    hookTimeout: 240_000,
    pool: 'forks',
    // One more than the cores that the tests are made for: many of them wait for blocks most of the time.
    maxWorkers: 3,
  },
})
