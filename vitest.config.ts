import { defineConfig } from 'vitest/config';
import { LongFirst } from './test/long-first.ts';

/** Tests that measure memory, or play pictures that nothing else may starve: one file at a time. */
const ALONE = ['browser-quality', 'console-first-run', 'playback-workers-media', 'scrub-past', 'viewers'].map(
  (name) => `test/system/${name}.test.ts`,
);

/** A machine that stands still for a moment fails no run of half an hour; a test that needs its second try is named. */
const SYSTEM = { testTimeout: 300_000, hookTimeout: 180_000, retry: process.env.CI ? 1 : 0 };

export default defineConfig({
  test: {
    sequence: { sequencer: LongFirst },
    // Groups run one after another, as projects with different numbers of workers must.
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'scripts/**/*.test.ts', 'player/**/*.test.ts'],
          exclude: ['src/**/interop.test.ts'],
          testTimeout: 20_000,
          // A worker of its own for each file costs more than all tests; no file leaves anything behind.
          isolate: false,
          maxWorkers: '100%',
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'interop',
          include: ['src/**/interop.test.ts'],
          testTimeout: 120_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'fuzz',
          include: ['test/fuzz/**/*.test.ts'],
          testTimeout: 120_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'system',
          include: ['test/system/**/*.test.ts'],
          exclude: ALONE,
          ...SYSTEM,
          // They wait more than they work, each for a third of a core or so: two cores carry four.
          maxWorkers: 4,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: { name: 'system-alone', include: ALONE, ...SYSTEM, fileParallelism: false, sequence: { groupOrder: 3 } },
      },
      {
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          ...SYSTEM,
          // Nodes that wait for each other, beside the kills that keep the machine busy.
          maxWorkers: 2,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
