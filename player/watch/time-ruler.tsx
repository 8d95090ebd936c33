import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Span } from './kept-time.ts';
import { shareAt } from './time-bar.ts';
import { ticksOf } from './time-words.ts';

const LABEL_WIDTH_PX = 84;
/** A label so near to an end would be cut off. */
const NEAR_END_PX = 22;

/** The wall clock below a bar. */
export function TimeRuler({ span }: { readonly span: Span }): VNode {
  const ruler = useRef<HTMLDivElement>(null);
  const widthPx = useSignal(0);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      widthPx.value = entry?.contentRect.width ?? 0;
    });
    if (ruler.current) observer.observe(ruler.current);
    return () => observer.disconnect();
  }, [widthPx]);
  const ticks = ticksOf(span, Math.max(1, Math.floor(widthPx.value / LABEL_WIDTH_PX)));
  const fitting = ticks.filter(({ atMs }) => {
    const leftPx = shareAt(span, atMs) * widthPx.value;
    return leftPx >= NEAR_END_PX && leftPx <= widthPx.value - NEAR_END_PX;
  });
  return (
    <div ref={ruler} class="scrub-ruler" aria-hidden="true">
      {fitting.map(({ atMs, words }) => (
        <span key={atMs} style={{ left: `${shareAt(span, atMs) * 100}%` }}>
          {words}
        </span>
      ))}
    </div>
  );
}
