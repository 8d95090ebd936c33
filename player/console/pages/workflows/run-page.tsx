import type { VNode } from 'preact';
import { useRoute } from 'preact-iso';
import { Busy, Card, Facts, Moment, PageHead, Preformatted, ProblemNote, pathOf, usePoll } from '../../kit/index.ts';
import { hrefOf } from '../../shell/href.ts';
import { JobButtons } from '../jobs/job-buttons.tsx';
import { FailureNote, JobStatePill, Percent, tookWords } from '../jobs/job-state.tsx';
import { type JobWithSteps, readJobWithSteps } from '../jobs/read-jobs.ts';
import { JobSteps } from '../jobs/steps.tsx';
import { type Run, readRun } from './read-workflows.ts';
import { workflowWords } from './words.ts';

const EVERY_MS = 2000;

/** One run: its steps as they go, what it was given, and the way to stop or repeat it. */
export function Page(): VNode {
  const words = workflowWords();
  const id = useRoute().params.run ?? '';
  const run = usePoll({ path: `/workflow-runs${pathOf(id)}`, read: readRun }).state.value;
  const polled = usePoll({ path: `/jobs${pathOf(id)}`, everyMs: EVERY_MS, read: readJobWithSteps });
  const { value: job, problem } = polled.state.value;
  const name = run.value?.workflow;
  return (
    <>
      <PageHead
        title={name === undefined ? words.run : words.runOf(name)}
        trail={name !== undefined && <a href={hrefOf('workflows/:workflow', name)}>{name}</a>}
        beside={job && <JobStatePill state={job.state} />}
      >
        {job && <JobButtons job={job} onChanged={() => void polled.askNow()} />}
      </PageHead>
      <ProblemNote problem={run.problem ?? problem} />
      {!run.value && !run.problem && <Busy />}
      <div class="stack">
        {run.value && <RunFacts run={run.value} {...(job && { job })} />}
        {job && (
          <Card title={words.steps}>
            <JobSteps steps={job.steps} />
          </Card>
        )}
        {run.value && (
          <Card
            title={words.input}
            actions={
              name !== undefined && (
                <a href={`${hrefOf('workflows/:workflow', name)}?run=${encodeURIComponent(id)}`}>{words.again}</a>
              )
            }
          >
            <Preformatted label={words.input} text={JSON.stringify(run.value.input, null, 2)} />
          </Card>
        )}
      </div>
    </>
  );
}

function RunFacts({ run, job }: { readonly run: Run; readonly job?: JobWithSteps }): VNode {
  const words = workflowWords();
  const { id, version, alias, trigger, submitter, createdAt } = run;
  const { columns } = words;
  return (
    <Card>
      {job?.failure && <FailureNote failure={job.failure} />}
      {job && <Percent percent={job.percent} about={words.columns.progress} />}
      <Facts
        facts={[
          [columns.run, <code key="run">{id}</code>],
          [columns.version, words.versionOf(version, alias)],
          [
            columns.by,
            trigger === undefined ? (
              submitter
            ) : (
              <a key="trigger" href={hrefOf('triggers/:id', trigger)}>
                {words.aTrigger}
              </a>
            ),
          ],
          [columns.started, <Moment key="at" at={createdAt} />],
          ...(job ? [[words.took, tookWords(job.startedAt, job.finishedAt)] as const] : []),
        ]}
      />
    </Card>
  );
}
