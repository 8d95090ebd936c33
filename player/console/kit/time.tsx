import type { VNode } from 'preact';
import { useNowMs } from './now.ts';
import { agoWords, momentWords } from './times.ts';

/** A moment as people say it, with the exact one where the pointer rests. */
export function Ago({ at }: { readonly at: number | string | undefined }): VNode {
  const nowMs = useNowMs();
  const atMs = typeof at === 'string' ? Date.parse(at) : at;
  if (atMs === undefined || Number.isNaN(atMs)) return <>–</>;
  return (
    <time dateTime={new Date(atMs).toISOString()} title={momentWords(atMs)}>
      {agoWords(atMs, nowMs)}
    </time>
  );
}

/** The exact moment. */
export function Moment({ at }: { readonly at: number | string | undefined }): VNode {
  const atMs = typeof at === 'string' ? Date.parse(at) : at;
  if (atMs === undefined || Number.isNaN(atMs)) return <>–</>;
  return <time dateTime={new Date(atMs).toISOString()}>{momentWords(atMs)}</time>;
}
