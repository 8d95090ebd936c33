import type { Signal } from '@preact/signals';
import type { RefObject, VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { AssetInfo } from './asset-info.ts';
import { Film } from './film.ts';

/**
 * The picture of an asset with its captions; `film` is what plays in it, as long as it is shown. What more there is of
 * the same asset goes on where it was.
 */
export function FilmVideo(props: {
  readonly info: AssetInfo;
  readonly video: RefObject<HTMLVideoElement | null>;
  readonly film: Signal<Film | undefined>;
  readonly onClick?: (video: HTMLVideoElement) => void;
}): VNode {
  const { info, video, film, onClick } = props;
  const left = useRef({ atS: 0, wasPlaying: false });
  useEffect(() => {
    const shown = video.current;
    if (!shown) return undefined;
    const opened = new Film(shown, info, left.current.atS);
    film.value = opened;
    if (left.current.wasPlaying) void shown.play().catch(() => undefined);
    return () => {
      const { currentTime, paused, ended } = shown;
      left.current = { atS: ended ? 0 : currentTime, wasPlaying: !paused && !ended };
      opened.close();
    };
  }, [info, video, film]);
  return (
    // biome-ignore lint/a11y/useMediaCaption: the captions that the asset has are below
    <video
      ref={video}
      playsInline
      crossOrigin="anonymous"
      poster={info.coverUrl}
      onClick={({ currentTarget }) => onClick?.(currentTarget)}
    >
      {info.captions.map(({ url, language, label }) => (
        <track key={url} kind="captions" src={url} srcLang={language === 'und' ? undefined : language} label={label} />
      ))}
    </video>
  );
}
