import type { VNode } from 'preact';
import { useRoute } from 'preact-iso';
import { Busy, Card, Facts, Moment, PageHead, ProblemNote, pathOf, usePoll } from '../../kit/index.ts';
import { hrefOf } from '../../shell/href.ts';
import { JobButtons } from './job-buttons.tsx';
import { FailureNote, JobStatePill, Percent, tookWords } from './job-state.tsx';
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
        {job?.kind === 'workflow' && <a href={hrefOf('workflow-runs/:run', job.id)}>{words.run}</a>}
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
  const { isBackfill, userData } = job;
  return (
    <>
      {failure && <FailureNote failure={failure} />}
      <Card class="job-card">
        <Percent percent={percent} about={words.columns.progress} />
        <Facts
          facts={[
            [facts.id, <code key="id">{id}</code>],
            [columns.pipeline, pipeline],
            [columns.submitter, submitter],
            [facts.priority, isBackfill ? `${priority}, ${words.backfill}` : String(priority)],
            ...(template === undefined ? [] : [[facts.template, template] as const]),
            ...(asset === undefined
              ? []
              : [
                  [
                    facts.asset,
                    <a key="asset" href={hrefOf('library/:id', asset)}>
                      {asset}
                    </a>,
                  ] as const,
                ]),
            ...(userData === undefined ? [] : [[facts.userData, userData] as const]),
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
