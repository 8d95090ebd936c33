import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import { FilmIcon } from '../../../icons/index.ts';
import type { RecordingEntry } from '../../answers/answer-types.ts';
import { announce, Busy, ConfirmDialog, Empty, MoreButton, ProblemNote, SilentNodes } from '../../kit/index.ts';
import './recordings.css';
import { RecordingDialog } from './recording-dialog.tsx';
import { RecordingRow } from './recording-row.tsx';
import { byDay, dayWords, fileNameOf, timeWords } from './recording-words.ts';
import { keyOf, type RecordingFilter, RecordingsModel } from './recordings-model.ts';
import { recordingsWords } from './words.ts';

type Opened = { readonly recording: RecordingEntry; readonly to: 'play' | 'delete' };

/** What was recorded, by day, to be played, downloaded and deleted. */
export function RecordingsList({ filter }: { readonly filter: RecordingFilter }): VNode {
  const words = recordingsWords();
  const opened = useSignal<Opened | undefined>(undefined);
  const { domain, app, stream } = filter;
  const model = useMemo(() => new RecordingsModel(filter), [domain, app, stream]);
  useEffect(() => model.newest.start(), [model]);
  const { value: recordings, problem, silentNodes } = model.all();
  return (
    <div class="recordings">
      <ProblemNote problem={problem} />
      <SilentNodes names={silentNodes} />
      {!recordings && !problem && <Busy />}
      {recordings?.length === 0 && (
        <Empty title={stream === undefined ? words.none : words.noneFound(stream)} icon={<FilmIcon />}>
          <p>{words.noneHint}</p>
        </Empty>
      )}
      {recordings &&
        byDay(recordings, Date.now()).map((day) => (
          <section key={day.words} class="recording-day">
            <h2>{day.words}</h2>
            <ul>
              {day.recordings.map((recording) => (
                <RecordingRow
                  key={keyOf(recording)}
                  recording={recording}
                  onPlay={() => {
                    opened.value = { recording, to: 'play' };
                  }}
                  onDelete={() => {
                    opened.value = { recording, to: 'delete' };
                  }}
                />
              ))}
            </ul>
          </section>
        ))}
      <ProblemNote problem={model.olderProblem.value} />
      {recordings && model.hasMore && (
        <MoreButton isBusy={model.isLoading.value} onMore={() => void model.loadMore()} words={words.older} />
      )}
      {opened.value && (
        <OpenedRecording
          opened={opened.value}
          model={model}
          onClose={() => {
            opened.value = undefined;
          }}
        />
      )}
    </div>
  );
}

function OpenedRecording(props: {
  readonly opened: Opened;
  readonly model: RecordingsModel;
  readonly onClose: () => void;
}): VNode {
  const words = recordingsWords();
  const { recording, to } = props.opened;
  if (to === 'play') return <RecordingDialog recording={recording} onClose={props.onClose} />;
  const onConfirm = async () => {
    const problem = await props.model.delete(recording);
    if (!problem) announce(words.deleted);
    return problem;
  };
  return (
    <ConfirmDialog
      title={words.deleteTitle}
      confirm={words.delete}
      keep={words.keep}
      isDangerous
      onConfirm={onConfirm}
      onClose={props.onClose}
    >
      <p>
        <strong class="file">{fileNameOf(recording)}</strong>
      </p>
      <p class="hint">
        {recording.app} / {recording.stream}, {dayWords(recording.startedAtMs, Date.now())}, {timeWords(recording)}.{' '}
        {words.deleteHint(recording.storage)}
      </p>
    </ConfirmDialog>
  );
}
