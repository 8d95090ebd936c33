import type Hls from 'hls.js';
import type Mpegts from 'mpegts.js';
import type { RecordingEntry } from '../../answers/answer-types.ts';
import { recordingsWords } from './words.ts';

/** Plays a recording in an element; returns what ends it. `onProblem` is called with a sentence. */
export function playRecording(
  video: HTMLVideoElement,
  { format, url }: RecordingEntry,
  onProblem: (sentence: string) => void,
): () => void {
  const abort = new AbortController();
  const report = (sentence: string) => {
    if (!abort.signal.aborted) onProblem(sentence);
  };
  const open = { mp4: openFile, flv: openFlv, m3u8: openHls, cmaf: openHls }[format];
  void open(video, url, report)
    .then((close) => {
      if (abort.signal.aborted) close();
      else abort.signal.addEventListener('abort', close);
    })
    .catch(() => report(recordingsWords().silent));
  return () => abort.abort();
}

type Open = (video: HTMLVideoElement, url: string, report: (sentence: string) => void) => Promise<() => void>;

const openFile: Open = async (video, url, report) => {
  const onError = () => report(video.error?.message || recordingsWords().cantPlay);
  video.addEventListener('error', onError);
  video.src = url;
  return () => {
    video.removeEventListener('error', onError);
    video.removeAttribute('src');
    video.load();
  };
};

const openHls: Open = async (video, url, report) => {
  const { default: Player } = await import('hls.js');
  if (!Player.isSupported()) return openFile(video, url, report);
  const hls: Hls = new Player({ enableWorker: false });
  hls.on(Player.Events.ERROR, (_event, data) => {
    if (data.fatal) report(recordingsWords().stopped(data.error?.message ?? data.details));
  });
  hls.attachMedia(video);
  hls.loadSource(url);
  return () => hls.destroy();
};

const openFlv: Open = async (video, url, report) => {
  const { default: mpegts } = await import('mpegts.js');
  const player: Mpegts.Player = mpegts.createPlayer({ type: 'flv', isLive: false, url }, { enableWorker: false });
  player.on(mpegts.Events.ERROR, (_type: string, detail: string) => report(recordingsWords().stopped(detail)));
  player.attachMediaElement(video);
  player.load();
  return () => player.destroy();
};
