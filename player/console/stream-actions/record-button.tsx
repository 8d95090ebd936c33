import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import type { StreamEntry } from '../answers/answer-types.ts';
import { type ApiProblem, post, problemIn } from '../kit/index.ts';
import { streamPath } from './stream-id.ts';
import './record-button.css';
import { actionWords } from './words.ts';

/** A recording begins and ends with a whole segment, which takes a moment. */
const LONGEST_WAIT_MS = 20_000;

/** Begins and ends the recording of a stream; `onProblem` hears why it could not, and that it could. */
export function RecordButton(props: {
  readonly stream: StreamEntry;
  readonly onDone: () => void;
  readonly onProblem: (problem: ApiProblem | undefined) => void;
}): VNode {
  const words = actionWords();
  const { stream } = props;
  const { isRecording } = stream;
  const waits = useSignal<{ readonly forRecording: boolean; readonly untilMs: number } | undefined>(undefined);
  const isWaiting =
    waits.value !== undefined && waits.value.forRecording !== isRecording && performance.now() < waits.value.untilMs;
  const send = async () => {
    waits.value = { forRecording: !isRecording, untilMs: performance.now() + LONGEST_WAIT_MS };
    const problem = await sendCommands(`${streamPath(stream)}/record`, isRecording);
    if (problem) waits.value = undefined;
    props.onProblem(problem);
    props.onDone();
  };
  return (
    <button
      type="button"
      class={`outline secondary record ${isRecording ? 'is-recording' : ''}`}
      aria-busy={isWaiting}
      disabled={isWaiting}
      onClick={() => void send()}
    >
      <span class="record-dot" aria-hidden="true" />{' '}
      {isRecording ? (isWaiting ? words.stopping : words.stopRecording) : isWaiting ? words.starting : words.record}
    </button>
  );
}

/** Whoever stops by hand wants the file, which would wait for the publisher to come back. */
async function sendCommands(path: string, isRecording: boolean): Promise<ApiProblem | undefined> {
  const answer = await post(path, { command: isRecording ? 'stop' : 'start' });
  if ('problem' in answer) return problemIn(answer);
  if (isRecording) await post(path, { command: 'cancel_delay' });
  return undefined;
}
