import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { announce, ConfirmDialog, may, ProblemNote, pathOf, post, problemIn, useAction } from '../../kit/index.ts';
import type { JobWithSteps } from './read-jobs.ts';
import { jobWords } from './words.ts';

/** Cancels a job that is not over, and does again what of one went wrong. */
export function JobButtons({ job, onChanged }: { readonly job: JobWithSteps; readonly onChanged: () => void }): VNode {
  const words = jobWords();
  const isAsked = useSignal(false);
  const retry = useAction(
    () => post(`/jobs${pathOf(job.id)}/retry`),
    () => {
      announce(words.retried);
      onChanged();
    },
  );
  const isOver = !['submitted', 'running'].includes(job.state);
  const cancel = async () => {
    const problem = problemIn(await post(`/jobs${pathOf(job.id)}/cancel`));
    if (problem) return problem;
    announce(words.cancelled);
    onChanged();
    return undefined;
  };
  return (
    <>
      <ProblemNote problem={retry.problem.value} />
      {!isOver && may('jobs:cancel') && (
        <button type="button" class="outline danger" onClick={() => (isAsked.value = true)}>
          {words.cancel}
        </button>
      )}
      {(job.state === 'failed' || job.state === 'cancelled') && may('jobs:submit') && (
        <button type="button" aria-busy={retry.isBusy.value} onClick={() => void retry.run()}>
          {words.retry}
        </button>
      )}
      {isAsked.value && (
        <ConfirmDialog
          title={words.cancelTitle}
          confirm={words.cancel}
          keep={words.keepRunning}
          isDangerous
          onConfirm={cancel}
          onClose={() => (isAsked.value = false)}
        >
          <p>{words.cancelBody}</p>
        </ConfirmDialog>
      )}
    </>
  );
}
