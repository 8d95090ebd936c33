import { type Signal, useSignal, useSignalEffect } from '@preact/signals';
import type { VNode } from 'preact';
import { SelectField, TextField } from '../../kit/index.ts';
import type { Grain } from './read-usage.ts';
import { usageWords } from './words.ts';

const HOUR_MS = 3_600_000;
const RANGES = { hour: HOUR_MS, day: 24 * HOUR_MS, week: 168 * HOUR_MS, month: 720 * HOUR_MS, year: 8760 * HOUR_MS };
const SPLITS = ['none', 'door', 'domain', 'app', 'stream', 'template', 'tag'] as const;
const NAMES = ['domain', 'app', 'stream', 'tag'] as const;

type Range = keyof typeof RANGES;
type Split = (typeof SPLITS)[number];

/** What of the usage is looked at. */
export type Choice = {
  readonly range: Range;
  readonly grain: Grain | 'auto';
  readonly by: Split;
  readonly names: Readonly<Partial<Record<(typeof NAMES)[number], string>>>;
};

/** The query of the choice, as it is now. */
export function pathOf({ range, grain, by, names }: Choice): string {
  const query = new URLSearchParams({ from: new Date(Date.now() - RANGES[range]).toISOString() });
  if (grain !== 'auto') query.set('grain', grain);
  if (by !== 'none') query.set('by', by);
  for (const [name, value] of Object.entries(names)) if (value) query.set(name, value);
  return query.toString();
}

export function UsageFilters({ choice }: { readonly choice: Signal<Choice> }): VNode {
  const words = usageWords();
  const range = useSignal<Range>(choice.value.range);
  const grain = useSignal<Choice['grain']>(choice.value.grain);
  const by = useSignal<Split>(choice.value.by);
  const typed = { domain: useSignal(''), app: useSignal(''), stream: useSignal(''), tag: useSignal('') };
  useSignalEffect(() => {
    choice.value = { ...choice.peek(), range: range.value, grain: grain.value, by: by.value };
  });
  return (
    <form
      class="row filters usage-filters"
      onSubmit={(event) => {
        event.preventDefault();
        const names = Object.fromEntries(NAMES.map((name) => [name, typed[name].value.trim()]));
        choice.value = { ...choice.value, names };
      }}
    >
      <SelectField label={words.filters.range} value={range} choices={choicesOf(words.ranges)} />
      <SelectField label={words.filters.grain} value={grain} choices={choicesOf(words.grains)} />
      <SelectField label={words.filters.by} value={by} choices={choicesOf(words.dimensions)} />
      {NAMES.map((name) => (
        <TextField key={name} label={words.filters[name]} value={typed[name]} type="search" />
      ))}
      <button type="submit" class="outline secondary">
        {words.filters.apply}
      </button>
    </form>
  );
}

function choicesOf<Value extends string>(words: Readonly<Record<Value, string>>) {
  return (Object.entries(words) as [Value, string][]).map(([value, each]) => ({ value, words: each }));
}
