import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { clockOf } from '../../../film/index.ts';
import { FilmIcon } from '../../../icons/index.ts';
import { fields, webUrl } from '../../answers/answer-fields.ts';
import { ask, pathOf } from '../../kit/index.ts';
import type { Asset } from './read-assets.ts';

/** The cover of an asset, whose address is asked for when it comes into view. */
export function Cover({ asset }: { readonly asset: Asset }): VNode {
  const { id, status, coverUrl, durationSeconds, trashedAt } = asset;
  const box = useRef<HTMLDivElement>(null);
  const url = useSignal(coverUrl);
  const isAway = useSignal(false);
  const isAsked = coverUrl === undefined && status === 'Normal' && trashedAt === undefined;
  useEffect(() => {
    if (!box.current || !isAsked) return undefined;
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      observer.disconnect();
      void ask(`/assets${pathOf(id)}/play-info`).then((answer) => {
        if ('value' in answer) url.value = webUrl(fields(answer.value).coverUrl);
      });
    });
    observer.observe(box.current);
    return () => observer.disconnect();
  }, [id, isAsked, url]);
  return (
    <div ref={box} class="asset-cover">
      {url.value !== undefined && !isAway.value ? (
        <img src={url.value} alt="" onError={() => (isAway.value = true)} />
      ) : (
        <FilmIcon />
      )}
      {durationSeconds !== undefined && <span class="asset-length">{clockOf(durationSeconds)}</span>}
    </div>
  );
}
