import type { VNode } from 'preact';
import { announce, ConfirmButton, may, ProblemNote, pathOf, post, useAction } from '../../kit/index.ts';
import type { JobWithSteps } from './read-jobs.ts';
import { jobWords } from './words.ts';

/** Cancels a job that is not over, and does again what of one went wrong. */
export function JobButtons({ job, onChanged }: { readonly job: JobWithSteps; readonly onChanged: () => void }): VNode {
  const words = jobWords();
  const retry = useAction(
    () => post(`/jobs${pathOf(job.id)}/retry`),
    () => {
      announce(words.retried);
      onChanged();
    },
  );
  const isOver = !['submitted', 'running'].includes(job.state);
  return (
    <>
      <ProblemNote problem={retry.problem.value} />
      {!isOver && may('jobs:cancel') && (
        <ConfirmButton
          label={words.cancel}
          keep={words.keepRunning}
          title={words.cancelTitle}
          act={() => post(`/jobs${pathOf(job.id)}/cancel`)}
          onDone={() => {
            announce(words.cancelled);
            onChanged();
          }}
        >
          <p>{words.cancelBody}</p>
        </ConfirmButton>
      )}
      {(job.state === 'failed' || job.state === 'cancelled') && may('jobs:submit') && (
        <button type="button" aria-busy={retry.isBusy.value} onClick={() => void retry.run()}>
          {words.retry}
        </button>
      )}
    </>
  );
}
