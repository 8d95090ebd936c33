import type { VNode } from 'preact';
import { useLocation } from 'preact-iso';
import { announce, ConfirmButton, may, ProblemNote, pathOf, post, remove, useAction } from '../../kit/index.ts';
import { hrefOf } from '../../shell/href.ts';
import type { JobWithSteps } from './read-jobs.ts';
import { jobWords } from './words.ts';

/** Cancels a job that is not over; does again what of one went wrong, or forgets it. */
export function JobButtons({ job, onChanged }: { readonly job: JobWithSteps; readonly onChanged: () => void }): VNode {
  const words = jobWords();
  const { route } = useLocation();
  const retry = useAction(
    () => post(`/jobs${pathOf(job.id)}/retry`),
    () => {
      announce(words.retried);
      onChanged();
    },
  );
  const isOver = !['submitted', 'running'].includes(job.state);
  const wentWrong = job.state === 'failed' || job.state === 'cancelled';
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
      {wentWrong && may('jobs:cancel') && (
        <ConfirmButton
          label={words.remove}
          title={words.removeTitle}
          act={() => remove(`/jobs${pathOf(job.id)}`)}
          onDone={() => {
            announce(words.removed);
            route(hrefOf('jobs'));
          }}
        >
          <p>{words.removeBody}</p>
        </ConfirmButton>
      )}
      {wentWrong && may('jobs:submit') && (
        <button type="button" aria-busy={retry.isBusy.value} onClick={() => void retry.run()}>
          {words.retry}
        </button>
      )}
    </>
  );
}
