import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { BlockIcon, CameraIcon, FlagIcon, KickIcon, ScissorsIcon } from '../../../icons/index.ts';
import type { StreamEntry } from '../../answers/answer-types.ts';
import { type ApiProblem, may, ProblemNote } from '../../kit/index.ts';
import {
  actionWords,
  BlockDialog,
  ClipDialog,
  KickDialog,
  MarkerDialog,
  RecordButton,
  streamPath,
} from '../../stream-actions/index.ts';

const DIALOGS = { kick: KickDialog, block: BlockDialog, clip: ClipDialog, marker: MarkerDialog };

/** Everything that can be done to a stream that is live. */
export function StreamButtons(props: { readonly stream: StreamEntry; readonly onDone: () => void }): VNode {
  const words = actionWords();
  const { stream, onDone } = props;
  const opened = useSignal<keyof typeof DIALOGS | undefined>(undefined);
  const problem = useSignal<ApiProblem | undefined>(undefined);
  const Opened = opened.value && DIALOGS[opened.value];
  const button = (which: keyof typeof DIALOGS, icon: VNode, isDangerous = false) => (
    <button
      type="button"
      class={`outline ${isDangerous ? 'danger-outline' : 'secondary'}`}
      onClick={() => {
        opened.value = which;
      }}
    >
      {icon} {words[which]}
    </button>
  );
  return (
    <>
      <div class="row stream-buttons">
        {may('recordings:command') && (
          <RecordButton
            stream={stream}
            onDone={onDone}
            onProblem={(said) => {
              problem.value = said;
            }}
          />
        )}
        {may('clips:create') && button('clip', <ScissorsIcon />)}
        {may('clips:create') && button('marker', <FlagIcon />)}
        <a
          class="link-button bordered"
          href={`/api/v1${streamPath(stream)}/picture.jpg`}
          download={`${stream.name}.jpg`}
        >
          <CameraIcon /> {words.snapshot}
        </a>
        <span class="space" />
        {may('streams:kick') && button('kick', <KickIcon />, true)}
        {may('blocks:write') && button('block', <BlockIcon />, true)}
      </div>
      <ProblemNote problem={problem.value} />
      {Opened && (
        <Opened
          stream={stream}
          onDone={onDone}
          onClose={() => {
            opened.value = undefined;
          }}
        />
      )}
    </>
  );
}
