import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useLocation } from 'preact-iso';
import { fields, list, oneOf } from '../../answers/answer-fields.ts';
import {
  Ago,
  announce,
  type Column,
  Empty,
  may,
  PagedTable,
  PageHead,
  ProblemNote,
  pathOf,
  post,
  queryOf,
  SelectField,
  TextField,
  useAction,
  usePagedList,
  useReloading,
} from '../../kit/index.ts';
import { hrefOf } from '../../shell/href.ts';
import { JobStatePill, Percent } from './job-state.tsx';
import './jobs.css';
import { Pipelines } from './pipelines.tsx';
import { JOB_STATES, type Job, type JobState, readJobs } from './read-jobs.ts';
import { jobWords } from './words.ts';

const LIMIT = 50;
const isMoving = (job: Job) => job.state === 'running' || job.state === 'submitted';

/** What is processed, and the queues of it. */
export function Page(): VNode {
  const words = jobWords();
  const asked = useLocation().query;
  const state = useSignal<JobState | 'all'>(oneOf(asked.state, JOB_STATES) ?? 'all');
  const pipeline = useSignal(asked.pipeline ?? '');
  const query = queryOf({
    ...{ limit: LIMIT, state: state.value === 'all' ? undefined : state.value },
    pipeline: pipeline.value.trim(),
  });
  const jobs = usePagedList({ path: `/jobs${query}`, read: readJobs });
  useReloading(jobs, isMoving);
  const choices = [
    { value: 'all' as const, words: words.all },
    ...JOB_STATES.map((value) => ({ value, words: words.states[value] })),
  ];
  const empty = (
    <Empty title={words.none}>
      <p>{words.noneHint}</p>
    </Empty>
  );
  const named = pipeline.value.trim();
  return (
    <>
      <PageHead title={words.title} hint={words.hint}>
        {state.value === 'failed' && named !== '' && may('jobs:submit') && (
          <RetryFailed pipeline={named} onDone={() => void jobs.reload()} />
        )}
      </PageHead>
      <Pipelines />
      <div class="job-tools">
        <SelectField label={words.state} value={state} choices={choices} />
        <TextField label={words.pipeline} value={pipeline} type="search" />
      </div>
      <PagedTable list={jobs} caption={words.title} keyOf={({ id }) => id} empty={empty} columns={columns()} />
    </>
  );
}

/** After the cause is mended, such as a storage that is back. */
function RetryFailed(props: { readonly pipeline: string; readonly onDone: () => void }): VNode {
  const words = jobWords();
  const retry = useAction(
    () => post(`/pipelines${pathOf(props.pipeline)}/retry-failed`, { limit: 1000 }),
    (answer) => {
      announce(words.retriedAll(list(fields(answer).retried).length));
      props.onDone();
    },
  );
  return (
    <>
      <ProblemNote problem={retry.problem.value} />
      <button type="button" aria-busy={retry.isBusy.value} onClick={() => void retry.run()}>
        {words.retryAll(props.pipeline)}
      </button>
    </>
  );
}

function columns(): readonly Column<Job>[] {
  const { columns: heads } = jobWords();
  return [
    { head: heads.state, cell: ({ state }) => <JobStatePill state={state} /> },
    {
      head: heads.kind,
      cell: ({ id, kind, failure }) => (
        <>
          <a href={hrefOf('jobs/:id', id)}>{kind}</a>
          {failure && <span class="job-why">{failure.code}</span>}
        </>
      ),
    },
    { head: heads.pipeline, cell: ({ pipeline }) => pipeline },
    { head: heads.submitter, cell: ({ submitter }) => submitter },
    { head: heads.progress, cell: ({ percent, kind }) => <Percent percent={percent} about={kind} /> },
    { head: heads.submitted, cell: ({ createdAt }) => <Ago at={createdAt} /> },
  ];
}
