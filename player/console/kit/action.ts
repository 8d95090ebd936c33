import { type ReadonlySignal, useSignal } from '@preact/signals';
import { type ApiAnswer, type ApiProblem, problemIn } from './api.ts';

/** Something that a button does: whether it is under way, and why the last time failed. */
export type Action<Given extends readonly unknown[]> = {
  readonly isBusy: ReadonlySignal<boolean>;
  readonly problem: ReadonlySignal<ApiProblem | undefined>;
  /** Whether it was done; a second call while one is under way does nothing. */
  readonly run: (...given: Given) => Promise<boolean>;
  readonly clear: () => void;
};

/** An action of a component. `onDone` gets the answer's value. */
export function useAction<Given extends readonly unknown[]>(
  act: (...given: Given) => Promise<ApiAnswer>,
  onDone?: (value: unknown) => void,
): Action<Given> {
  const isBusy = useSignal(false);
  const problem = useSignal<ApiProblem | undefined>(undefined);
  const run = async (...given: Given) => {
    if (isBusy.value) return false;
    isBusy.value = true;
    const answer = await act(...given);
    isBusy.value = false;
    problem.value = problemIn(answer);
    if ('value' in answer) onDone?.(answer.value);
    return 'value' in answer;
  };
  return {
    isBusy,
    problem,
    run,
    clear: () => {
      problem.value = undefined;
    },
  };
}
