import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import type { Setup } from './api-types.ts';
import { CopyField } from './copy-field.tsx';
import { ProblemNote } from './notes.tsx';
import type { Polled } from './poll.ts';

/** What to paste into OBS, and the same as one FFmpeg command. */
export function SetupCard({ setup }: { readonly setup: Polled<Setup> }): VNode {
  const { value, problem } = setup;
  return (
    <article>
      <h2>Push with OBS</h2>
      <ProblemNote problem={problem} what="These values" />
      {value && (
        <>
          <p class="hint">
            In OBS: Settings, Stream, Service “Custom…”. Then paste both, and set the keyframe interval to 2 s under
            Output.
          </p>
          <CopyField label="Server" value={value.obs.server} />
          <CopyField label="Stream key" value={value.obs.streamKey} isSecret />
          {value.exampleFfmpeg && <FfmpegExample command={value.exampleFfmpeg} streamKey={value.obs.streamKey} />}
          {value.playerUrl && (
            <p class="hint">
              Then watch it in <a href={value.playerUrl}>the player</a>.
            </p>
          )}
        </>
      )}
    </article>
  );
}

/** The command holds the key, so it is masked in the same way. */
function FfmpegExample({ command, streamKey }: { readonly command: string; readonly streamKey: string }): VNode {
  const isOpen = useSignal(false);
  return (
    <details
      onToggle={({ currentTarget }) => {
        isOpen.value = currentTarget.open;
      }}
    >
      <summary>Or with FFmpeg</summary>
      {isOpen.value && (
        <CopyField label="Command" value={command} isSecret={streamKey !== '' && command.includes('key=')} />
      )}
    </details>
  );
}
