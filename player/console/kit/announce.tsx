import { signal } from '@preact/signals';
import type { VNode } from 'preact';
import { CheckIcon } from '../../icons/index.ts';

const SHOWN_MS = 4000;

const said = signal('');
let timer = 0;

/** Says that something was done, to eyes and to screen readers, for some seconds. */
export function announce(words: string): void {
  window.clearTimeout(timer);
  said.value = words;
  timer = window.setTimeout(() => {
    said.value = '';
  }, SHOWN_MS);
}

/** Where it is said; the shell has it once. */
export function Announcements(): VNode {
  return (
    <div class="announcements" role="status">
      {said.value !== '' && (
        <p>
          <CheckIcon /> {said.value}
        </p>
      )}
    </div>
  );
}
