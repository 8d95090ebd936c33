import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useRoute } from 'preact-iso';
import {
  announce,
  Busy,
  Card,
  ConfirmDialog,
  Facts,
  Moment,
  may,
  PageHead,
  ProblemNote,
  pathOf,
  post,
  problemIn,
  useAction,
  usePoll,
} from '../../kit/index.ts';
import { hrefOf } from '../../shell/href.ts';
import { JobStatePill, Percent, tookWords } from './job-state.tsx';
import './jobs.css';
import { type JobWithSteps, readJobWithSteps } from './read-jobs.ts';
import { JobSteps } from './steps.tsx';
import { jobWords } from './words.ts';

const EVERY_MS = 2000;

/** One job with its steps. */
export function Page(): VNode {
  const words = jobWords();
  const id = useRoute().params.id ?? '';
  const polled = usePoll({ path: `/jobs${pathOf(id)}`, everyMs: EVERY_MS, read: readJobWithSteps });
  const { value: job, problem } = polled.state.value;
  return (
    <>
      <PageHead
        title={job ? `${words.job}: ${job.kind}` : words.job}
        trail={<a href={hrefOf('jobs')}>{words.toJobs}</a>}
        beside={job && <JobStatePill state={job.state} />}
      >
        {job && <JobButtons job={job} onChanged={() => void polled.askNow()} />}
      </PageHead>
      <ProblemNote problem={problem} />
      {!job && !problem && <Busy />}
      {job && <JobCards job={job} />}
    </>
  );
}

function JobCards({ job }: { readonly job: JobWithSteps }): VNode {
  const words = jobWords();
  const { facts, columns } = words;
  const { id, pipeline, submitter, priority, template, asset, createdAt, startedAt, finishedAt, percent, failure } =
    job;
  return (
    <>
      {failure && (
        <p class="job-step-failure" role="alert">
          <code>{failure.code}</code> {failure.message}
        </p>
      )}
      <Card class="job-card">
        <Percent percent={percent} about={words.columns.progress} />
        <Facts
          facts={[
            [facts.id, <code key="id">{id}</code>],
            [columns.pipeline, pipeline],
            [columns.submitter, submitter],
            [facts.priority, String(priority)],
            ...(template === undefined ? [] : [[facts.template, template] as const]),
            ...(asset === undefined ? [] : [[facts.asset, <code key="asset">{asset}</code>] as const]),
            [columns.submitted, <Moment key="created" at={createdAt} />],
            [facts.started, <Moment key="started" at={startedAt} />],
            [facts.finished, <Moment key="finished" at={finishedAt} />],
            [facts.took, tookWords(startedAt, finishedAt)],
          ]}
        />
      </Card>
      <Card title={words.steps}>
        <JobSteps steps={job.steps} />
      </Card>
    </>
  );
}

function JobButtons({ job, onChanged }: { readonly job: JobWithSteps; readonly onChanged: () => void }): VNode {
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
