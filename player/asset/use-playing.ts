import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

/** How far a film is. */
export type Playing = {
  readonly atS: number;
  readonly durationS: number;
  /** What is loaded, in shares of the whole. */
  readonly loaded: readonly { readonly left: number; readonly width: number }[];
  readonly isEnded: boolean;
  readonly isWaiting: boolean;
};

const EVENTS = [
  'timeupdate',
  'durationchange',
  'progress',
  'seeking',
  'seeked',
  'ended',
  'waiting',
  'playing',
] as const;

/** Follows the element's own events. */
export function usePlaying(video: HTMLVideoElement, knownS: number | undefined): ReadonlySignal<Playing> {
  const playing = useSignal<Playing>(readingOf(video, knownS));
  useEffect(() => {
    const follow = () => {
      playing.value = readingOf(video, knownS);
    };
    for (const event of EVENTS) video.addEventListener(event, follow);
    follow();
    return () => {
      for (const event of EVENTS) video.removeEventListener(event, follow);
    };
  }, [video, knownS, playing]);
  return playing;
}

function readingOf(video: HTMLVideoElement, knownS = 0): Playing {
  const { buffered, currentTime: atS, ended: isEnded, readyState, paused, duration } = video;
  const durationS = Number.isFinite(duration) && duration > 0 ? duration : knownS;
  const loaded = Array.from({ length: durationS > 0 ? buffered.length : 0 }, (_, index) => {
    const [start, end] = [buffered.start(index), buffered.end(index)];
    return { left: start / durationS, width: Math.max(0, Math.min(end, durationS) - start) / durationS };
  });
  return { atS, durationS, loaded, isEnded, isWaiting: !paused && !isEnded && readyState < 3 };
}
