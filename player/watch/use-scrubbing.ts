import { type Signal, useSignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useRef } from 'preact/hooks';

/** What the pointer does on a bar; shares go from 0 at its left end to 1. */
export type Scrubbing = {
  readonly bar: RefObject<HTMLDivElement | null>;
  /** Undefined while no pointer is there. */
  readonly pointedAt: Signal<number | undefined>;
  readonly isDragging: Signal<boolean>;
  readonly handlers: {
    readonly onPointerDown: (event: PointerEvent) => void;
    readonly onPointerMove: (event: PointerEvent) => void;
    readonly onPointerUp: (event: PointerEvent) => void;
    readonly onPointerCancel: () => void;
    readonly onPointerLeave: () => void;
  };
};

/** Follows mouse and finger; a place counts when the button or the finger is lifted. */
export function useScrubbing(choose: (share: number) => void): Scrubbing {
  const bar = useRef<HTMLDivElement>(null);
  const pointedAt = useSignal<number | undefined>(undefined);
  const isDragging = useSignal(false);
  const shareOf = (clientX: number) => {
    const { left, width } = bar.current?.getBoundingClientRect() ?? { left: 0, width: 1 };
    return Math.min(1, Math.max(0, (clientX - left) / width));
  };
  const forget = () => {
    isDragging.value = false;
    pointedAt.value = undefined;
  };
  const handlers = {
    onPointerDown: ({ clientX, pointerId, button }: PointerEvent) => {
      if (button !== 0) return;
      bar.current?.setPointerCapture(pointerId);
      isDragging.value = true;
      pointedAt.value = shareOf(clientX);
    },
    onPointerMove: ({ clientX }: PointerEvent) => {
      pointedAt.value = shareOf(clientX);
    },
    onPointerUp: ({ clientX, pointerType }: PointerEvent) => {
      if (!isDragging.value) return;
      choose(shareOf(clientX));
      isDragging.value = false;
      if (pointerType !== 'mouse') forget();
    },
    onPointerCancel: forget,
    onPointerLeave: () => {
      if (!isDragging.value) forget();
    },
  };
  return { bar, pointedAt, isDragging, handlers };
}
