import { type Signal, useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { objectWords } from './words.ts';

/** The object as text, for those who would rather paste it. */
export function JsonEditor({ value }: { readonly value: Signal<unknown> }): VNode {
  const words = objectWords();
  const text = useSignal(JSON.stringify(value.value, null, 2));
  const isWrong = useSignal(false);
  return (
    <div class="field">
      <label for="object-json">JSON</label>
      <textarea
        id="object-json"
        class="code"
        rows={18}
        spellcheck={false}
        aria-invalid={isWrong.value || undefined}
        value={text.value}
        onInput={({ currentTarget }) => {
          text.value = currentTarget.value;
          try {
            value.value = JSON.parse(currentTarget.value);
            isWrong.value = false;
          } catch {
            isWrong.value = true;
          }
        }}
      />
      {isWrong.value && <small class="field-error">{words.notJson}</small>}
    </div>
  );
}
