import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { RecordingEntry } from '../../answers/answer-types.ts';
import { Dialog, Findings, may } from '../../kit/index.ts';
import { ClipCutter } from './clip-cutter.tsx';
import { playRecording } from './recording-player.ts';
import { DownloadLink } from './recording-row.tsx';
import { dayWords, timeWords } from './recording-words.ts';
import { recordingsWords } from './words.ts';

/** Plays one recording over the page. */
export function RecordingDialog(props: { readonly recording: RecordingEntry; readonly onClose: () => void }): VNode {
  const { recording, onClose } = props;
  const words = recordingsWords();
  const video = useRef<HTMLVideoElement>(null);
  const problem = useSignal<string | undefined>(undefined);
  useEffect(() => {
    if (!video.current) return undefined;
    return playRecording(video.current, recording, (sentence) => {
      problem.value = sentence;
    });
  }, [recording, problem]);
  const title = (
    <>
      <span class="app">{recording.app} /</span> {recording.stream}
    </>
  );
  const footer = (
    <>
      <span class="hint">
        {dayWords(recording.startedAtMs, Date.now())}, {timeWords(recording)}
      </span>
      <span class="space" />
      <DownloadLink recording={recording} />
    </>
  );
  return (
    <Dialog title={title} isWide onClose={onClose} footer={footer}>
      {/* biome-ignore lint/a11y/useMediaCaption: a recording brings its captions in the picture or has none */}
      <video ref={video} controls autoplay playsInline preload="metadata" />
      {problem.value !== undefined && (
        <div role="alert">
          <Findings findings={[{ code: 'PLAYER', sentence: problem.value, remedy: words.tryDownload }]} tone="bad" />
        </div>
      )}
      {may('clips:create') && <ClipCutter recording={recording} video={video} />}
    </Dialog>
  );
}
