import type { VNode } from 'preact';
import { Card, ProblemNote, usePoll } from '../../kit/index.ts';
import { hrefOf } from '../../shell/href.ts';
import { PauseButton, PipelineState } from '../pipelines/pause-button.tsx';
import { type Pipeline, readPipelines } from '../pipelines/read-pipelines.ts';
import { pipelineWords } from '../pipelines/words.ts';

const EVERY_MS = 5000;

/** The queues, and what waits in them. */
export function Pipelines(): VNode {
  const words = pipelineWords();
  const polled = usePoll({ path: '/pipelines?limit=200', everyMs: EVERY_MS, read: readPipelines });
  const { value, problem } = polled.state.value;
  return (
    <Card title={words.title} class="job-pipelines" actions={<a href={hrefOf('pipelines')}>{words.toPipelines}</a>}>
      <ProblemNote problem={problem} />
      <ul>
        {value?.map((pipeline) => (
          <OnePipeline key={pipeline.id} pipeline={pipeline} onChanged={() => void polled.askNow()} />
        ))}
      </ul>
    </Card>
  );
}

function OnePipeline(props: { readonly pipeline: Pipeline; readonly onChanged: () => void }): VNode {
  const words = pipelineWords();
  const { name, pending, running, quota, failed } = props.pipeline;
  return (
    <li>
      <div>
        <strong>{name}</strong> <PipelineState pipeline={props.pipeline} />
        <p>
          {words.load(pending, running, quota)}
          {failed > 0 && <span class="job-failed"> · {words.failedOnes(failed)}</span>}
        </p>
      </div>
      <PauseButton {...props} />
    </li>
  );
}
