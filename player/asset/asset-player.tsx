import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { type AssetInfo, type Film, FilmVideo } from '../film/index.ts';
import { askForRefusal, type Refusal } from '../refusal/index.ts';
import { useIdle } from '../watch/index.ts';
import { type AssetWords, ENGLISH } from './asset-words.ts';
import { ChapterList } from './chapter-list.tsx';
import { FilmBar } from './film-bar.tsx';
import { Thumbnails } from './thumbnails.ts';
import { usePlaying } from './use-playing.ts';
import '../watch/overlay.css';
import '../watch/controls.css';
import '../watch/scrub.css';
import './asset.css';

type AssetPlayerProps = {
  readonly info: AssetInfo;
  readonly words?: AssetWords;
  readonly isMuted?: boolean;
  readonly startsByItself?: boolean;
};

/** The picture of an asset with its controls. */
export function AssetPlayer({
  info,
  words = ENGLISH,
  isMuted = false,
  startsByItself = false,
}: AssetPlayerProps): VNode {
  const stage = useRef<HTMLElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const film = useSignal<Film | undefined>(undefined);
  const isIdle = useIdle(stage);
  useEffect(() => {
    if (!video.current) return;
    video.current.muted = isMuted;
    if (startsByItself) void startPlaying(video.current);
  }, [info, isMuted, startsByItself]);
  const shown = film.value && video.current;
  return (
    <>
      <section ref={stage} class={`stage film-stage ${isIdle.value ? 'is-idle' : ''}`} aria-label="Video">
        <FilmVideo
          {...{ info, video, film }}
          onClick={(clicked) => {
            if (clicked.paused) void clicked.play().catch(() => undefined);
            else clicked.pause();
          }}
        />
        {film.value && shown && <Front {...{ info, words, stage }} film={film.value} video={shown} />}
      </section>
      {shown && info.chapters.length > 0 && <ChapterList chapters={info.chapters} video={shown} words={words} />}
    </>
  );
}

type FrontProps = Pick<Parameters<typeof FilmBar>[0], 'film' | 'video' | 'stage' | 'words'> & {
  readonly info: AssetInfo;
};

/** What lies over the picture. */
function Front({ info, words, film, video, stage }: FrontProps): VNode {
  const playing = usePlaying(video, info.durationSeconds).value;
  const thumbnails = useMemo(() => new Thumbnails(info.thumbnailsUrl), [info.thumbnailsUrl]);
  const failedUrl = film.failedUrl.value;
  const isOver = playing.isEnded && info.previewSeconds !== undefined;
  return (
    <>
      {failedUrl !== undefined && <Failure url={failedUrl} words={words} />}
      {film.hasNothing.value && <Card title={words.nothingPlays} />}
      {isOver && failedUrl === undefined && (
        <Card title={words.previewEnds}>
          <button type="button" class="film-again" onClick={() => void startPlaying(video)}>
            {words.again}
          </button>
        </Card>
      )}
      {playing.isWaiting && failedUrl === undefined && <div class="film-waiting" />}
      {!playing.isEnded && failedUrl === undefined && !video.paused && <div class="overlay overlay-live" />}
      <FilmBar
        {...{ film, video, stage, playing, thumbnails, words }}
        captions={info.captions}
        chapters={info.chapters}
      />
    </>
  );
}

function Card(props: { readonly title: string; readonly children?: VNode | readonly (VNode | false)[] }): VNode {
  return (
    <div class="overlay overlay-ended film-card">
      <div class="card">
        <h2>{props.title}</h2>
        {props.children as VNode}
      </div>
    </div>
  );
}

/** The server's own words are asked for once more: an element says only that it failed. */
function Failure({ url, words }: { readonly url: string; readonly words: AssetWords }): VNode {
  const refusal = useSignal<Refusal | undefined>(undefined);
  useEffect(() => {
    const abort = new AbortController();
    void askForRefusal(url, abort.signal).then((found) => {
      refusal.value = found;
    });
    return () => abort.abort();
  }, [url, refusal]);
  return (
    <div class="overlay overlay-error" role="alert">
      <div class="card tone-bad">
        <h2>{words.cannotPlay}</h2>
        {refusal.value && <p>{refusal.value.reason}</p>}
        {refusal.value?.remedy && <p class="remedy">{refusal.value.remedy}</p>}
      </div>
    </div>
  );
}

/** A browser that lets no sound begin by itself gets a silent start. */
async function startPlaying(video: HTMLVideoElement): Promise<void> {
  try {
    await video.play();
  } catch (error) {
    if (!(error instanceof DOMException) || error.name !== 'NotAllowedError' || video.muted) return;
    video.muted = true;
    await video.play().catch(() => undefined);
  }
}
