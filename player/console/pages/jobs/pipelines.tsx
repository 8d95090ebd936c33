import type { VNode } from 'preact';
import { Card, may, Pill, ProblemNote, patch, pathOf, useAction, usePoll } from '../../kit/index.ts';
import { type Pipeline, readPipelines } from './read-jobs.ts';
import { jobWords } from './words.ts';

const EVERY_MS = 5000;

/** The queues, and what waits in them. */
export function Pipelines(): VNode {
  const words = jobWords();
  const polled = usePoll({ path: '/pipelines?limit=200', everyMs: EVERY_MS, read: readPipelines });
  const { value, problem } = polled.state.value;
  return (
    <Card title={words.pipelines} class="job-pipelines">
      <p class="hint">{words.pipelineHint}</p>
      <ProblemNote problem={problem} />
      <ul>
        {value?.map((pipeline) => (
          <OnePipeline key={pipeline.id} pipeline={pipeline} onChanged={() => void polled.askNow()} />
        ))}
      </ul>
    </Card>
  );
}

function OnePipeline({ pipeline, onChanged }: { readonly pipeline: Pipeline; readonly onChanged: () => void }): VNode {
  const words = jobWords();
  const { id, name, isPaused, pending, running, quota, failed } = pipeline;
  const change = useAction(
    () => patch(`/pipelines${pathOf(id)}`, { state: isPaused ? 'Active' : 'Paused' }),
    onChanged,
  );
  const state = { words: isPaused ? words.paused : words.active, tone: isPaused ? 'warn' : 'good' } as const;
  return (
    <li>
      <div>
        <strong>{name}</strong> <Pill verdict={state} />
        <p>
          {words.load(pending, running, quota)}
          {failed > 0 && <span class="job-failed"> · {words.failedOnes(failed)}</span>}
        </p>
        <ProblemNote problem={change.problem.value} />
      </div>
      {may('pipelines:write') && (
        <button
          type="button"
          class="outline"
          aria-busy={change.isBusy.value}
          aria-label={`${isPaused ? words.resume : words.pause}: ${name}`}
          onClick={() => void change.run()}
        >
          {isPaused ? words.resume : words.pause}
        </button>
      )}
    </li>
  );
}
