import type { VNode } from 'preact';
import { type AssetChapter, clockOf } from '../film/index.ts';
import type { AssetWords } from './asset-words.ts';
import { usePlaying } from './use-playing.ts';

/** The chapters below the picture, each to go to; the one that plays is marked. */
export function ChapterList(props: {
  readonly chapters: readonly AssetChapter[];
  readonly video: HTMLVideoElement;
  readonly words: AssetWords;
}): VNode {
  const { chapters, video, words } = props;
  const { atS } = usePlaying(video, undefined).value;
  const now = chapters.findLastIndex(({ atSeconds }) => atSeconds <= atS);
  return (
    <section class="film-chapters" aria-label={words.chapters}>
      <ol>
        {chapters.map(({ title, atSeconds }, index) => (
          <li key={`${atSeconds} ${title}`}>
            <button
              type="button"
              aria-current={index === now ? 'true' : undefined}
              onClick={() => {
                video.currentTime = atSeconds;
              }}
            >
              <span class="film-chapter-time">{clockOf(atSeconds)}</span> {title}
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}
