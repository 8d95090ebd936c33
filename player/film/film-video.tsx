import type { Signal } from '@preact/signals';
import type { RefObject, VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import type { AssetInfo } from './asset-info.ts';
import { Film } from './film.ts';

/** The picture of an asset with its captions; `film` is what plays in it, as long as it is shown. */
export function FilmVideo(props: {
  readonly info: AssetInfo;
  readonly video: RefObject<HTMLVideoElement | null>;
  readonly film: Signal<Film | undefined>;
  readonly onClick?: (video: HTMLVideoElement) => void;
}): VNode {
  const { info, video, film, onClick } = props;
  useEffect(() => {
    if (!video.current) return undefined;
    const opened = new Film(video.current, info);
    film.value = opened;
    return () => opened.close();
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
