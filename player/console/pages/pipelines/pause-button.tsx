import type { VNode } from 'preact';
import { may, Pill, ProblemNote, patch, pathOf, useAction } from '../../kit/index.ts';
import type { Pipeline } from './read-pipelines.ts';
import { pipelineWords } from './words.ts';

/** Stops a pipeline from beginning anything, or lets it go on. */
export function PauseButton(props: { readonly pipeline: Pipeline; readonly onChanged: () => void }): VNode | null {
  const words = pipelineWords();
  const { id, name, isPaused } = props.pipeline;
  const state = isPaused ? 'Active' : 'Paused';
  const change = useAction(() => patch(`/pipelines${pathOf(id)}`, { state }), props.onChanged);
  if (!may('pipelines:write')) return null;
  const says = isPaused ? words.resume : words.pause;
  return (
    <>
      <button
        type="button"
        class="outline"
        aria-busy={change.isBusy.value}
        aria-label={`${says}: ${name}`}
        onClick={() => void change.run()}
      >
        {says}
      </button>
      <ProblemNote problem={change.problem.value} />
    </>
  );
}

export function PipelineState({ pipeline: { isPaused } }: { readonly pipeline: Pipeline }): VNode {
  const words = pipelineWords();
  return <Pill verdict={{ words: isPaused ? words.paused : words.active, tone: isPaused ? 'warn' : 'good' }} />;
}
