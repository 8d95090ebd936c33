import { type ReadonlySignal, useSignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';

const IDLE_AFTER_MS = 2800;

/** True when nobody has moved over or typed in the element for a while, so that controls may fade. */
export function useIdle(element: RefObject<HTMLElement | null>): ReadonlySignal<boolean> {
  const isIdle = useSignal(false);
  useEffect(() => {
    const stage = element.current;
    if (!stage) return undefined;
    let timer = 0;
    const wake = () => {
      isIdle.value = false;
      window.clearTimeout(timer);
      timer = window.setTimeout(() => {
        isIdle.value = true;
      }, IDLE_AFTER_MS);
    };
    const events = ['pointermove', 'pointerdown', 'keydown', 'focusin'] as const;
    for (const event of events) stage.addEventListener(event, wake);
    wake();
    return () => {
      window.clearTimeout(timer);
      for (const event of events) stage.removeEventListener(event, wake);
    };
  }, [element, isIdle]);
  return isIdle;
}
