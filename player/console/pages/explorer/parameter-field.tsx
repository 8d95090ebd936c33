import type { Signal } from '@preact/signals';
import type { VNode } from 'preact';
import { SelectField, TextAreaField, TextField } from '../../kit/index.ts';
import type { Parameter } from './read-actions.ts';
import { explorerWords } from './words.ts';

/** One parameter of an action, in the field that suits its kind. */
export function ParameterField(props: {
  readonly parameter: Parameter;
  readonly value: Signal<string>;
  readonly isWrong: boolean;
}): VNode {
  const { parameter, value, isWrong } = props;
  const words = explorerWords();
  const { name, kind, isRequired, values } = parameter;
  const hint = isWrong ? words.wrongJson : hintOf(parameter);
  const choices = values ?? (kind === 'flag' ? ['true', 'false'] : undefined);
  if (choices !== undefined) {
    const all = [...(isRequired ? [] : ['']), ...choices];
    if (!all.includes(value.value)) value.value = all[0] ?? '';
    return (
      <SelectField
        {...{ label: name, hint, value }}
        choices={all.map((each) => ({ value: each, words: each === '' ? words.leftOut : each }))}
      />
    );
  }
  if (kind === 'list' || kind === 'object' || name === 'Functions') {
    return <TextAreaField {...{ label: name, hint, value, isRequired }} rows={3} />;
  }
  return <TextField {...{ label: name, hint, value, isRequired, isWrong }} autocomplete="off" />;
}

function hintOf({ kind, isRequired, usual, fields, values }: Parameter): string | undefined {
  const words = explorerWords();
  const names = fields?.map(({ name }) => `"${name}": …`).join(', ');
  const form = names === undefined ? words.kinds[kind] : kind === 'list' ? words.objects(names) : words.object(names);
  const isPlain = kind === 'text' || kind === 'flag' || values !== undefined;
  const parts = [
    ...(isPlain ? [] : [form]),
    ...(isRequired ? [words.required] : []),
    ...(usual === undefined ? [] : [words.usual(usual)]),
  ];
  return parts.length === 0 ? undefined : parts.join('; ');
}
