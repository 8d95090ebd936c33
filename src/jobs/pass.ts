import type { StepAction } from './step-action.ts';

/** Gives back its input: to bring branches together, and to try whether workers take steps. */
export const pass: StepAction = {
  name: 'pass',
  run: async ({ input }) => ({ output: input }),
};
