import type { Signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

/** Takes files that are dropped anywhere in the window; a browser would leave the page for them. */
export function useDroppedFiles(isOver: Signal<boolean>, take: (files: Iterable<File>) => void): void {
  const taker = useRef(take);
  taker.current = take;
  useEffect(() => {
    const listening = new AbortController();
    const { signal } = listening;
    const listen = (type: 'dragover' | 'dragleave' | 'drop', act: (event: DragEvent) => void) =>
      window.addEventListener(type, (event) => hasFiles(event) && act(event), { signal });
    listen('dragover', (event) => {
      event.preventDefault();
      isOver.value = true;
    });
    listen('dragleave', ({ relatedTarget }) => {
      if (relatedTarget === null) isOver.value = false;
    });
    listen('drop', (event) => {
      event.preventDefault();
      isOver.value = false;
      taker.current(event.dataTransfer?.files ?? []);
    });
    return () => listening.abort();
  }, [isOver]);
}

function hasFiles({ dataTransfer }: DragEvent): boolean {
  return dataTransfer?.types.includes('Files') === true;
}
