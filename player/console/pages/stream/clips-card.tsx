import type { VNode } from 'preact';
import { DeleteIcon, DownloadIcon, OpenIcon } from '../../../icons/index.ts';
import { formatBytes, formatDuration } from '../../../wording/index.ts';
import type { Poll } from '../../kit/index.ts';
import { Ago, announce, Card, ConfirmButton, may, Pill, ProblemNote, remove } from '../../kit/index.ts';
import { type StreamId, streamPath } from '../../stream-actions/index.ts';
import type { ClipEntry } from './read-clips.ts';
import { pageWords } from './words.ts';

const TONES = { making: 'quiet', ready: 'good', failed: 'bad' } as const;

/** The clips of a stream. */
export function ClipsCard(props: { readonly stream: StreamId; readonly clips: Poll<readonly ClipEntry[]> }): VNode {
  const words = pageWords();
  const { value: clips, problem } = props.clips.state.value;
  return (
    <Card title={words.clips}>
      <ProblemNote problem={problem} />
      {clips?.length === 0 && <p class="hint">{words.noClips}</p>}
      <ul class="clips">
        {clips?.map((clip) => (
          <ClipRow
            key={clip.id}
            clip={clip}
            stream={props.stream}
            onDeleted={() => {
              announce(words.clipDeleted);
              void props.clips.askNow();
            }}
          />
        ))}
      </ul>
    </Card>
  );
}

function ClipRow(props: {
  readonly clip: ClipEntry;
  readonly stream: StreamId;
  readonly onDeleted: () => void;
}): VNode {
  const { clip, stream, onDeleted } = props;
  const words = pageWords();
  const name = clip.title || clip.id;
  return (
    <li>
      <div class="clip-name">
        <strong>{name}</strong>
        <span class="hint">
          <Ago at={clip.askedAt} />
          {clip.durationSeconds !== undefined && `, ${formatDuration(clip.durationSeconds)}`}
          {clip.sizeBytes !== undefined && `, ${formatBytes(clip.sizeBytes)}`}
        </span>
        {clip.reason && <small>{clip.reason}</small>}
      </div>
      <Pill verdict={{ words: words.clipStates[clip.state], tone: TONES[clip.state] }} />
      <div class="row">
        {clip.state === 'ready' && clip.pageUrl && (
          <a
            class="link-button"
            href={clip.pageUrl}
            target="_blank"
            rel="noopener"
            aria-label={`${words.openClip}: ${name}`}
          >
            <OpenIcon />
          </a>
        )}
        {clip.state === 'ready' && clip.url && (
          <a
            class="link-button"
            href={clip.url}
            target="_blank"
            rel="noopener"
            aria-label={`${words.download}: ${name}`}
          >
            <DownloadIcon />
          </a>
        )}
        {may('clips:delete') && (
          <ConfirmButton
            label={words.delete}
            icon={<DeleteIcon />}
            about={`${words.delete}: ${name}`}
            class="plain quiet square"
            title={words.deleteClip}
            act={() => remove(`${streamPath(stream)}/clips/${clip.id}`)}
            onDone={onDeleted}
          >
            <p>
              <strong>{name}</strong>
            </p>
            <p class="hint">{words.deleteClipHint}</p>
          </ConfirmButton>
        )}
      </div>
    </li>
  );
}
