import { useSignal } from '@preact/signals';
import type { RefObject, VNode } from 'preact';
import type { AssetCaptions, AssetChapter, Film } from '../film/index.ts';
import { clockOf } from '../film/index.ts';
import { FullscreenButton, PlayButton, SoundButton, useVideoFacts } from '../watch/index.ts';
import type { AssetWords } from './asset-words.ts';
import { FilmScrub } from './film-scrub.tsx';
import type { Thumbnails } from './thumbnails.ts';
import type { Playing } from './use-playing.ts';

const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2];

type FilmBarProps = {
  readonly film: Film;
  readonly video: HTMLVideoElement;
  readonly stage: RefObject<HTMLElement | null>;
  readonly playing: Playing;
  readonly captions: readonly AssetCaptions[];
  readonly chapters: readonly AssetChapter[];
  readonly thumbnails: Thumbnails;
  readonly words: AssetWords;
};

/** The controls at the foot of an asset's picture. */
export function FilmBar(props: FilmBarProps): VNode {
  const { film, video, stage, playing, captions, chapters, thumbnails, words } = props;
  const facts = useVideoFacts(video);
  const toggle = () => (video.paused ? void video.play().catch(() => undefined) : video.pause());
  const seek = (seconds: number) => {
    video.currentTime = seconds;
  };
  return (
    <div class="bar film-bar" role="toolbar" aria-label="Player">
      <FilmScrub {...{ playing, thumbnails, chapters, words }} onSeek={seek} />
      <PlayButton isPlaying={!facts.isPaused} words={words} onToggle={toggle} />
      <SoundButton
        isMuted={facts.isMuted}
        words={words}
        onToggle={() => {
          video.muted = !video.muted;
        }}
      />
      <span class="film-clock">
        {clockOf(playing.atS)} / {clockOf(playing.durationS)}
      </span>
      <span class="space" />
      <CaptionsMenu video={video} captions={captions} words={words} />
      <SpeedMenu video={video} words={words} />
      <QualityChooser film={film} words={words} />
      <FullscreenButton stage={stage} video={() => video} words={words} />
    </div>
  );
}

function QualityChooser({ film, words }: { readonly film: Film; readonly words: AssetWords }): VNode | null {
  const qualities = film.qualities.value;
  if (qualities.length < 2) return null;
  const now = film.playing.value;
  const auto = film.chosen.value === 'auto' && now ? `${words.auto} · ${now}` : words.auto;
  return (
    <select
      aria-label={words.quality}
      value={film.chosen.value}
      onChange={({ currentTarget }) => film.choose(currentTarget.value)}
    >
      {qualities.map(({ id, label }) => (
        <option key={id} value={id}>
          {id === 'auto' ? auto : label}
        </option>
      ))}
    </select>
  );
}

/** The page's own captions; what is chosen outlives a change of the quality. */
function CaptionsMenu(props: {
  readonly video: HTMLVideoElement;
  readonly captions: readonly AssetCaptions[];
  readonly words: AssetWords;
}): VNode | null {
  const { video, captions, words } = props;
  const chosen = useSignal(-1);
  if (captions.length === 0) return null;
  const choose = (index: number) => {
    chosen.value = index;
    const tracks = [...video.querySelectorAll('track')];
    tracks.forEach((element, at) => {
      element.track.mode = at === index ? 'showing' : 'disabled';
    });
  };
  return (
    <select
      aria-label={words.captions}
      value={String(chosen.value)}
      onChange={({ currentTarget }) => choose(Number(currentTarget.value))}
    >
      <option value="-1">{words.noCaptions}</option>
      {captions.map(({ label, url }, index) => (
        <option key={url} value={String(index)}>
          {label}
        </option>
      ))}
    </select>
  );
}

function SpeedMenu({ video, words }: { readonly video: HTMLVideoElement; readonly words: AssetWords }): VNode {
  const speed = useSignal(1);
  return (
    <select
      class="wide-only"
      aria-label={words.speed}
      value={String(speed.value)}
      onChange={({ currentTarget }) => {
        speed.value = Number(currentTarget.value);
        video.playbackRate = speed.value;
        // A change of the source must not undo it.
        video.defaultPlaybackRate = speed.value;
      }}
    >
      {SPEEDS.map((each) => (
        <option key={each} value={String(each)}>
          {each}×
        </option>
      ))}
    </select>
  );
}
