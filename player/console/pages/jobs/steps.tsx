import type { VNode } from 'preact';
import { Preformatted } from '../../kit/index.ts';
import { JobStatePill, Percent, tookWords } from './job-state.tsx';
import './jobs.css';
import type { JobStep } from './read-jobs.ts';
import { groupSteps, type StepGroup } from './step-groups.ts';
import { jobWords } from './words.ts';

/** The steps of a job in their order, with how far each is and what it wrote down. */
export function JobSteps({ steps }: { readonly steps: readonly JobStep[] }): VNode {
  return (
    <ol class="job-steps">
      {groupSteps(steps).map((group) => (
        <li key={group.step.name} class={`is-${group.state}`}>
          <OneStep group={group} />
        </li>
      ))}
    </ol>
  );
}

function OneStep({ group }: { readonly group: StepGroup }): VNode {
  const words = jobWords();
  const { step, parts, state, percent } = group;
  const { name, failure, log, input, output } = step;
  const done = parts.filter((part) => part.state === 'succeeded').length;
  const about = parts.length > 0 ? words.parts(done, parts.length) : aboutStep(group);
  return (
    <>
      <div class="job-step-head">
        <strong>{name}</strong>
        <JobStatePill state={state} />
        {state === 'running' && <Percent percent={percent} about={name} />}
      </div>
      <p class="job-step-about">{about}</p>
      {failure && (
        <p class="job-step-failure">
          <code>{failure.code}</code> {failure.message}
        </p>
      )}
      {log.length > 0 && <Folded title={words.log} text={log.join('\n')} />}
      {input !== '{}' && <Folded title={words.input} text={input} />}
      {output !== undefined && <Folded title={words.output} text={output} />}
      {parts.length > 0 && (
        <details open={parts.some((part) => part.state === 'failed')}>
          <summary>{words.itsParts}</summary>
          <JobSteps steps={parts} />
        </details>
      )}
    </>
  );
}

function aboutStep({ step, after }: StepGroup): string {
  const words = jobWords();
  const { action, state, attempts, maxAttempts, worker, startedAt, finishedAt } = step;
  return [
    action === 'foreach' ? words.foreach : action,
    ...(after.length > 0 && state === 'waiting' ? [words.after(after.join(', '))] : []),
    ...(attempts > 1 ? [words.attempts(attempts, maxAttempts)] : []),
    ...(worker !== undefined && state === 'running' ? [words.by(worker)] : []),
    ...(startedAt === undefined ? [] : [tookWords(startedAt, finishedAt)]),
  ].join(' · ');
}

function Folded({ title, text }: { readonly title: string; readonly text: string }): VNode {
  return (
    <details>
      <summary>{title}</summary>
      <Preformatted label={title} text={text} />
    </details>
  );
}
