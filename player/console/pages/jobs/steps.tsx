import type { VNode } from 'preact';
import { Preformatted } from '../../kit/index.ts';
import { JobStatePill, Percent, tookWords } from './job-state.tsx';
import './jobs.css';
import type { JobStep } from './read-jobs.ts';
import { jobWords } from './words.ts';

/** What comes after others stands below them. */
function inOrder(steps: readonly JobStep[]): readonly JobStep[] {
  const byName = new Map(steps.map((step) => [step.name, step]));
  const depths = new Map<string, number>();
  const depthOf = (name: string): number => {
    const known = depths.get(name);
    if (known !== undefined) return known;
    depths.set(name, 0);
    const depth = Math.max(-1, ...(byName.get(name)?.after ?? []).map(depthOf)) + 1;
    depths.set(name, depth);
    return depth;
  };
  return steps.toSorted((a, b) => depthOf(a.name) - depthOf(b.name));
}

/** The steps of a job in their order, with how far each is and what it wrote down. */
export function JobSteps({ steps }: { readonly steps: readonly JobStep[] }): VNode {
  return (
    <ol class="job-steps">
      {inOrder(steps).map((step) => (
        <li key={step.name} class={`is-${step.state}`}>
          <OneStep step={step} />
        </li>
      ))}
    </ol>
  );
}

function OneStep({ step }: { readonly step: JobStep }): VNode {
  const words = jobWords();
  const { name, action, state, percent, attempts, maxAttempts, worker, failure, startedAt, finishedAt, log } = step;
  const about = [
    action,
    ...(step.after.length > 0 && state === 'waiting' ? [words.after(step.after.join(', '))] : []),
    ...(attempts > 1 ? [words.attempts(attempts, maxAttempts)] : []),
    ...(worker !== undefined && state === 'running' ? [words.by(worker)] : []),
    ...(startedAt === undefined ? [] : [tookWords(startedAt, finishedAt)]),
  ];
  return (
    <>
      <div class="job-step-head">
        <strong>{name}</strong>
        <JobStatePill state={state} />
        {state === 'running' && <Percent percent={percent} about={name} />}
      </div>
      <p class="job-step-about">{about.join(' · ')}</p>
      {failure && (
        <p class="job-step-failure">
          <code>{failure.code}</code> {failure.message}
        </p>
      )}
      {log.length > 0 && (
        <details>
          <summary>{words.log}</summary>
          <Preformatted label={words.log} text={log.join('\n')} />
        </details>
      )}
    </>
  );
}
