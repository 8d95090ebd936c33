import { type Signal, useComputed, useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { CodeField, jsonFlaw } from '../kit/index.ts';

/** An object as text, for those who would rather paste it; what is no JSON yet changes nothing. */
export function JsonEditor({ value }: { readonly value: Signal<unknown> }): VNode {
  const text = useSignal(JSON.stringify(value.value, null, 2));
  const flaw = useComputed(() => jsonFlaw(text.value));
  const take = (given: string) => {
    text.value = given;
    if (flaw.value === undefined) value.value = JSON.parse(given);
  };
  return <CodeField label="JSON" value={text} onInput={take} flaws={flaw.value ? [flaw.value] : []} rows={18} />;
}
