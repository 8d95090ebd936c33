import { useSignal } from '@preact/signals';
import type { RefObject, VNode } from 'preact';
import { FlagIcon, ScissorsIcon } from '../../../icons/index.ts';
import type { RecordingEntry } from '../../answers/answer-types.ts';
import { announce, clockWords, ProblemNote, pathOf, post, useAction } from '../../kit/index.ts';
import { recordingsWords } from './words.ts';

/** Cuts a clip out of what is played: where it begins and ends is where the video was at two moments. */
export function ClipCutter(props: {
  readonly recording: RecordingEntry;
  readonly video: RefObject<HTMLVideoElement | null>;
}): VNode {
  const words = recordingsWords();
  const { domain, app, stream, startedAtMs } = props.recording;
  const from = useSignal<number | undefined>(undefined);
  const to = useSignal<number | undefined>(undefined);
  const here = () => startedAtMs + Math.round((props.video.current?.currentTime ?? 0) * 1000);
  const make = useAction(
    () => post(`/streams${pathOf(domain, app, stream)}/clips`, { startMs: from.value, endMs: to.value }),
    () => announce(words.clipMade),
  );
  const [start, end] = [from.value, to.value];
  const isWrong = start !== undefined && end !== undefined && end <= start;
  const isReady = start !== undefined && end !== undefined && !isWrong;
  return (
    <div class="clip-cutter">
      <div class="row">
        <button
          type="button"
          class="outline secondary"
          onClick={() => {
            from.value = here();
          }}
        >
          <FlagIcon /> {words.clipFrom}
        </button>
        <button
          type="button"
          class="outline secondary"
          onClick={() => {
            to.value = here();
          }}
        >
          <FlagIcon /> {words.clipTo}
        </button>
        <button
          type="button"
          aria-busy={make.isBusy.value}
          disabled={!isReady || make.isBusy.value}
          onClick={() => void make.run()}
        >
          <ScissorsIcon /> {words.clipMake}
        </button>
      </div>
      <p class="hint" role="status">
        {isWrong
          ? words.clipOrder
          : start === undefined && end === undefined
            ? words.clipHint
            : words.clipSpan(start === undefined ? '…' : clockWords(start), end === undefined ? '…' : clockWords(end))}
      </p>
      <ProblemNote problem={make.problem.value} />
    </div>
  );
}
