import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { FilmIcon } from '../../icons/index.ts';
import type { StreamEntry } from '../answers/answer-types.ts';
import { pathOf } from '../kit/index.ts';
import './moving-picture.css';

const EVERY_MS = 4000;
/** A server that has no picture is asked again, but not as often. */
const AFTER_FAILURE_MS = 15_000;

/** The newest picture of a stream, again and again while it is seen. It is decoration: the name stands beside it. */
export function MovingPicture(props: {
  readonly stream: Pick<StreamEntry, 'domain' | 'app' | 'name' | 'state'>;
  readonly isLarge?: boolean;
}): VNode {
  const { domain, app, name, state } = props.stream;
  const box = useRef<HTMLDivElement>(null);
  const shown = useSignal<string | undefined>(undefined);
  const path = `/api/v1/streams${pathOf(domain, app, name)}/picture.jpg`;
  const isLive = state === 'publishing';
  useEffect(() => {
    if (!box.current || !isLive) return undefined;
    return whileSeen(box.current, async (signal) => {
      const answer = await fetch(path, { signal, cache: 'no-store' }).catch(() => undefined);
      if (!answer?.ok) return AFTER_FAILURE_MS;
      const url = URL.createObjectURL(await answer.blob());
      if (shown.value !== undefined) URL.revokeObjectURL(shown.value);
      shown.value = url;
      return EVERY_MS;
    });
  }, [path, isLive, shown]);
  useEffect(
    () => () => {
      if (shown.value !== undefined) URL.revokeObjectURL(shown.value);
    },
    [shown],
  );
  return (
    <div ref={box} class={`moving-picture ${props.isLarge ? 'is-large' : ''}`}>
      {shown.value === undefined ? <FilmIcon /> : <img src={shown.value} alt="" />}
    </div>
  );
}

/** Does something again and again while an element is in view and the page is looked at; `act` says when next. */
function whileSeen(element: Element, act: (signal: AbortSignal) => Promise<number>): () => void {
  const abort = new AbortController();
  let timer = 0;
  let isInView = false;
  let isActing = false;
  const go = async () => {
    window.clearTimeout(timer);
    if (!isInView || document.hidden || isActing || abort.signal.aborted) return;
    isActing = true;
    const nextMs = await act(abort.signal).catch(() => AFTER_FAILURE_MS);
    isActing = false;
    timer = window.setTimeout(() => void go(), nextMs);
  };
  const observer = new IntersectionObserver(([entry]) => {
    isInView = entry?.isIntersecting ?? false;
    void go();
  });
  observer.observe(element);
  document.addEventListener('visibilitychange', () => void go(), { signal: abort.signal });
  return () => {
    abort.abort();
    observer.disconnect();
    window.clearTimeout(timer);
  };
}
