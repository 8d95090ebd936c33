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
  const load = { mp4: async () => openFile, flv: loadFlv, m3u8: loadHls, cmaf: loadHls }[format];
  void load()
    .then((open) => {
      // Whoever chose another recording meanwhile has the element for that one.
      if (!abort.signal.aborted) abort.signal.addEventListener('abort', open(video, url, report));
    })
    .catch(() => report(recordingsWords().silent));
  return () => abort.abort();
}

type Open = (video: HTMLVideoElement, url: string, report: (sentence: string) => void) => () => void;

const openFile: Open = (video, url, report) => {
  const onError = () => report(video.error?.message || recordingsWords().cantPlay);
  video.addEventListener('error', onError);
  video.src = url;
  return () => {
    video.removeEventListener('error', onError);
    video.removeAttribute('src');
    video.load();
  };
};

async function loadHls(): Promise<Open> {
  const { default: Player } = await import('hls.js');
  if (!Player.isSupported()) return openFile;
  return (video, url, report) => {
    const hls: Hls = new Player({ enableWorker: false });
    hls.on(Player.Events.ERROR, (_event, data) => {
      if (data.fatal) report(recordingsWords().stopped(data.error?.message ?? data.details));
    });
    hls.attachMedia(video);
    hls.loadSource(url);
    return () => hls.destroy();
  };
}

async function loadFlv(): Promise<Open> {
  const { default: mpegts } = await import('mpegts.js');
  return (video, url, report) => {
    const player: Mpegts.Player = mpegts.createPlayer({ type: 'flv', isLive: false, url }, { enableWorker: false });
    player.on(mpegts.Events.ERROR, (_type: string, detail: string) => report(recordingsWords().stopped(detail)));
    player.attachMediaElement(video);
    player.load();
    return () => player.destroy();
  };
}
