import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { fields, list, number, text } from '../../answers/answer-fields.ts';
import { ActionButton, may, ProblemNote, pathOf, post, SelectField, useAction, usePoll } from '../../kit/index.ts';
import type { Delivery } from './read-deliveries.ts';
import { callbacksWords } from './words.ts';

type Outcome = { readonly isTaken: boolean; readonly words: string };

/** Sends a test call to an endpoint of the rules, or to one of those that were told something. */
export function TestCalls({ seen }: { readonly seen: readonly Delivery[] }): VNode | null {
  const words = callbacksWords();
  const mayRead = may('rules:read');
  const streams = usePoll({ path: mayRead ? '/callbacks' : undefined, read: readIds }).state.value.value ?? [];
  const media = usePoll({ path: mayRead ? '/media-callbacks' : undefined, read: readMediaIds }).state.value.value ?? [];
  const isMedia = (id: string) =>
    media.includes(id) || seen.some(({ endpoint, asset, job }) => endpoint === id && (asset ?? job) !== undefined);
  const ids = [...new Set([...streams, ...media, ...seen.map(({ endpoint }) => endpoint)])];
  const chosen = useSignal('');
  const outcome = useSignal<Outcome | undefined>(undefined);
  const id = ids.includes(chosen.value) ? chosen.value : (ids[0] ?? '');
  useEffect(() => {
    chosen.value = id;
  }, [chosen, id]);
  const test = useAction(
    () => post(`/${isMedia(id) ? 'media-callbacks' : 'callbacks'}${pathOf(id)}/test`),
    (value) => {
      outcome.value = outcomeOf(value);
    },
  );
  if (!may('callbacks:redeliver') || ids.length === 0) return null;
  return (
    <div class="test-calls">
      <SelectField
        label={words.test}
        hint={words.testHint}
        value={chosen}
        choices={ids.map((each) => ({ value: each, words: each }))}
      />
      <ActionButton action={test} class="outline">
        {words.testOf(id)}
      </ActionButton>
      <ProblemNote problem={test.problem.value} />
      {outcome.value && (
        <p role="status" class={outcome.value.isTaken ? 'taken' : 'not-taken'}>
          {outcome.value.words}
        </p>
      )}
    </div>
  );
}

function outcomeOf(answer: unknown): Outcome {
  const words = callbacksWords();
  const { isTaken, status, durationMs, error } = fields(answer);
  if (isTaken === true) return { isTaken, words: words.taken(number(status) ?? 0, number(durationMs) ?? 0) };
  return { isTaken: false, words: words.notTaken(text(error) ?? words.answered(number(status) ?? 0)) };
}

function readIds(answer: unknown): string[] {
  return list(fields(answer).callbacks).flatMap((entry) => text(fields(entry).id) ?? []);
}

function readMediaIds(answer: unknown): string[] {
  return list(fields(answer).mediaCallbacks).flatMap((entry) => text(fields(entry).id) ?? []);
}
