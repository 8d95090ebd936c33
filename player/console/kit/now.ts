import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

const EVERY_MS = 5000;

const nowMs = signal(Date.now());
let watchers = 0;
let timer: number | undefined;

/** The time, to five seconds: who uses it is drawn anew as it passes. */
export function useNowMs(): number {
  useEffect(() => {
    watchers += 1;
    if (watchers === 1) {
      nowMs.value = Date.now();
      timer = window.setInterval(() => {
        nowMs.value = Date.now();
      }, EVERY_MS);
    }
    return () => {
      watchers -= 1;
      if (watchers === 0) window.clearInterval(timer);
    };
  }, []);
  const seenMs = nowMs.value;
  return watchers === 0 ? Date.now() : seenMs;
}
