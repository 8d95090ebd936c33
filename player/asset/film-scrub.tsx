import type { VNode } from 'preact';
import { type AssetChapter, clockOf } from '../film/index.ts';
import { TilePicture, useScrubbing } from '../watch/index.ts';
import type { AssetWords } from './asset-words.ts';
import type { Thumbnails } from './thumbnails.ts';
import type { Playing } from './use-playing.ts';

const STEP_S = 5;

type FilmScrubProps = {
  readonly playing: Playing;
  readonly thumbnails: Thumbnails;
  readonly chapters: readonly AssetChapter[];
  readonly words: AssetWords;
  readonly onSeek: (seconds: number) => void;
};

/** The whole length as a bar to go on, with small pictures of what is where. */
export function FilmScrub({ playing, thumbnails, chapters, words, onSeek }: FilmScrubProps): VNode {
  const { atS, durationS, loaded } = playing;
  const { bar, pointedAt, isDragging, handlers } = useScrubbing((share) => onSeek(share * durationS));
  const shownS = isDragging.value && pointedAt.value !== undefined ? pointedAt.value * durationS : atS;
  const share = durationS > 0 ? Math.min(1, shownS / durationS) : 0;
  const onKeyDown = (event: KeyboardEvent) => {
    const to = { ArrowLeft: atS - STEP_S, ArrowRight: atS + STEP_S, Home: 0, End: durationS }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    onSeek(Math.min(durationS, Math.max(0, to)));
  };
  return (
    <div class="scrub-area">
      <div
        ref={bar}
        class={`scrub film-scrub ${isDragging.value ? 'is-dragging' : ''}`}
        role="slider"
        tabIndex={0}
        aria-label={words.position}
        aria-valuemin={0}
        aria-valuemax={Math.round(durationS)}
        aria-valuenow={Math.round(shownS)}
        aria-valuetext={`${clockOf(shownS)} / ${clockOf(durationS)}`}
        {...handlers}
        onKeyDown={onKeyDown}
      >
        <div class="scrub-track film-track">
          {loaded.map(({ left, width }) => (
            <div key={left} class="film-loaded" style={{ left: `${left * 100}%`, width: `${width * 100}%` }} />
          ))}
          {chapters.map(({ title, atSeconds }) => (
            <div
              key={`${atSeconds} ${title}`}
              class="film-chapter"
              style={{ left: `${shareOf(atSeconds, durationS)}%` }}
            />
          ))}
          <div class="scrub-played film-played" style={{ width: `${share * 100}%` }} />
        </div>
        <div class="scrub-knob" style={{ left: `${share * 100}%` }} />
        {pointedAt.value !== undefined && durationS > 0 && (
          <PointedAt share={pointedAt.value} seconds={pointedAt.value * durationS} {...{ thumbnails, chapters }} />
        )}
      </div>
    </div>
  );
}

function shareOf(atSeconds: number, durationS: number): number {
  return durationS > 0 ? Math.min(100, (atSeconds / durationS) * 100) : 0;
}

function PointedAt(props: {
  readonly share: number;
  readonly seconds: number;
  readonly thumbnails: Thumbnails;
  readonly chapters: readonly AssetChapter[];
}): VNode {
  const tile = props.thumbnails.at(props.seconds);
  const chapter = props.chapters.findLast(({ atSeconds }) => atSeconds <= props.seconds);
  return (
    <div class="scrub-preview" style={{ '--share': String(props.share) }}>
      {tile && <TilePicture tile={tile} />}
      <span class="film-pointed">
        {chapter && <b>{chapter.title}</b>} {clockOf(props.seconds)}
      </span>
    </div>
  );
}
