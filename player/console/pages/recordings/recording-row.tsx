import type { VNode } from 'preact';
import { DeleteIcon, DownloadIcon, PlayIcon } from '../../../icons/index.ts';
import { formatBytes, formatDuration } from '../../../wording/index.ts';
import type { RecordingEntry } from '../../answers/answer-types.ts';
import { may, Pill } from '../../kit/index.ts';
import { FORMAT_NAMES, fileNameOf, timeWords } from './recording-words.ts';
import { recordingsWords } from './words.ts';

/** One recording in the list. */
export function RecordingRow(props: {
  readonly recording: RecordingEntry;
  readonly onPlay: () => void;
  readonly onDelete: () => void;
}): VNode {
  const words = recordingsWords();
  const { recording } = props;
  const name = fileNameOf(recording);
  return (
    <li class="recording">
      <div class="recording-name">
        <strong>
          <span class="app">{recording.app} /</span> {recording.stream}
        </strong>
        <span class="hint">{timeWords(recording)}</span>
      </div>
      <div class="recording-facts">
        <Pill verdict={{ words: FORMAT_NAMES[recording.format], tone: 'quiet' }} />
        <span>{formatDuration(recording.durationSeconds)}</span>
        <span>{formatBytes(recording.sizeBytes)}</span>
        {recording.node !== undefined && <span>{words.onNode(recording.node)}</span>}
        {recording.missingSegments > 0 && (
          <Pill verdict={{ words: words.missing(recording.missingSegments), tone: 'warn' }} />
        )}
      </div>
      <div class="recording-actions">
        <button type="button" class="plain" aria-label={`${words.play} ${name}`} onClick={props.onPlay}>
          <PlayIcon /> <span>{words.play}</span>
        </button>
        <DownloadLink recording={recording} />
        {may('recordings:delete') && (
          <button type="button" class="plain quiet" aria-label={`${words.delete} ${name}`} onClick={props.onDelete}>
            <DeleteIcon /> <span>{words.delete}</span>
          </button>
        )}
      </div>
    </li>
  );
}

/** The file itself; of a playlist the playlist, whose segments are beside it. */
export function DownloadLink({ recording }: { readonly recording: RecordingEntry }): VNode {
  const words = recordingsWords();
  const name = fileNameOf(recording);
  return (
    <a class="link-button" href={recording.url} download={name} aria-label={`${words.download} ${name}`}>
      <DownloadIcon /> <span>{words.download}</span>
    </a>
  );
}
