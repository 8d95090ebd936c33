import type { VNode } from 'preact';
import type { SpriteTile } from './sprite-index.ts';
import { isGap, type TimeBar } from './time-bar.ts';
import { behindWords, clockWords } from './time-words.ts';

/** What is at a place of the bar: when that was, with a small picture where there is one. */
export function ScrubPreview(props: {
  readonly whole: TimeBar;
  readonly share: number;
  readonly atMs: number;
  readonly tile: SpriteTile | undefined;
}): VNode {
  const { whole, share, atMs, tile } = props;
  const isEmpty = isGap(whole, atMs);
  return (
    <div class="scrub-preview" style={{ '--share': String(share) }}>
      {tile && !isEmpty && <TilePicture tile={tile} />}
      <span>{wordsOf(whole, atMs)}</span>
      {isEmpty && <span>Nothing kept</span>}
    </div>
  );
}

function wordsOf(whole: TimeBar, atMs: number): string {
  const behind = whole.isLive ? behindWords(Math.max(0, whole.newestMs - atMs)) : '';
  if (!whole.isWallClock) return behind;
  return [clockWords(atMs, Date.now()), behind].filter(Boolean).join(' · ');
}

export function TilePicture({ tile }: { readonly tile: SpriteTile }): VNode {
  const { url, x, y, width, height } = tile;
  const style = {
    width: `${width}px`,
    height: `${height}px`,
    backgroundImage: `url("${url}")`,
    backgroundPosition: `-${x}px -${y}px`,
  };
  return <div class="scrub-tile" style={style} />;
}
