import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { ownError } from './errors.ts';
import type { Field } from './field.ts';
import type { FieldProps } from './field-props.ts';
import { isObject, pairsIn } from './value.ts';

type Of<K extends Field['kind']> = FieldProps<Field & { readonly kind: K }>;

/** Aria attributes that tie an input to its hint and error. */
export function tiesOf({ id, errors, field }: Pick<FieldProps, 'id' | 'errors' | 'field'>) {
  const isWrong = ownError(errors) !== undefined;
  const described = [...(field.hint ? [`${id}-hint`] : []), ...(isWrong ? [`${id}-error`] : [])].join(' ');
  return {
    ...{ id, name: id },
    ...(described ? { 'aria-describedby': described } : {}),
    ...(isWrong ? { 'aria-invalid': 'true' as const } : {}),
  };
}

type Typed = { readonly currentTarget: { readonly value: string } };

const textIn = ({ currentTarget }: Typed) => currentTarget.value;

const orNothing = (text: string) => (text === '' ? undefined : text);

const shown = (value: unknown) => (value === undefined || value === null ? '' : String(value));

export function TextInput(props: Of<'text'>): VNode {
  const { field, value, onChange, words } = props;
  return (
    <input
      {...tiesOf(props)}
      type="text"
      inputMode={field.format === 'uri' ? 'url' : 'text'}
      autocomplete="off"
      spellcheck={false}
      maxLength={field.maxLength}
      placeholder={shown(field.fallback) && words.usual(shown(field.fallback))}
      value={shown(value)}
      onInput={(event) => onChange(orNothing(textIn(event)))}
    />
  );
}

export function NumberInput(props: Of<'number'>): VNode {
  const { field, value, onChange, words } = props;
  return (
    <input
      {...tiesOf(props)}
      type="number"
      step={field.isWhole ? 1 : 'any'}
      min={field.minimum}
      max={field.maximum}
      placeholder={field.fallback === undefined ? words.inherited : words.usual(shown(field.fallback))}
      value={shown(value)}
      onInput={(event) => onChange(textIn(event) === '' ? undefined : Number(textIn(event)))}
    />
  );
}

export function SwitchInput(props: Of<'switch'>): VNode {
  const { field, value, onChange, words } = props;
  const usual = field.fallback === undefined ? words.inherited : words.usual(field.fallback ? words.on : words.off);
  return (
    <select
      {...tiesOf(props)}
      value={shown(value)}
      onChange={(event) => onChange(textIn(event) === '' ? undefined : textIn(event) === 'true')}
    >
      <option value="">{usual}</option>
      <option value="true">{words.on}</option>
      <option value="false">{words.off}</option>
    </select>
  );
}

export function ChoiceInput(props: Of<'choice'>): VNode {
  const { field, value, onChange, words } = props;
  return (
    <select {...tiesOf(props)} value={shown(value)} onChange={(event) => onChange(orNothing(textIn(event)))}>
      <option value="">{field.fallback === undefined ? words.inherited : words.usual(shown(field.fallback))}</option>
      {field.options.map((option) => (
        <option key={option} value={option}>
          {field.called?.[option] ?? option}
        </option>
      ))}
    </select>
  );
}

export function ChoicesInput({ field, id, value, onChange }: Of<'choices'>): VNode {
  const chosen = Array.isArray(value) ? value : Array.isArray(field.fallback) ? field.fallback : [];
  const change = (option: string, isIn: boolean) =>
    onChange(field.options.filter((each) => (each === option ? isIn : chosen.includes(each))));
  return (
    <span class="choices">
      {field.options.map((option) => (
        <label key={option}>
          <input
            type="checkbox"
            name={`${id}-${option}`}
            checked={chosen.includes(option)}
            onChange={(event) => change(option, event.currentTarget.checked)}
          />
          {option}
        </label>
      ))}
    </span>
  );
}

export function LinesInput(props: Of<'lines'>): VNode {
  const { field, value, onChange, words } = props;
  const lines = Array.isArray(value) ? value.map(String) : [];
  // What is being typed may end with an empty line that no list has.
  const [text, setText] = useState(lines.join('\n'));
  const typed = text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
  const isOurs = typed.join('\n') === lines.join('\n');
  const take = (given: string) => {
    setText(given);
    const words = given.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
    onChange(words.length === 0 ? undefined : field.isNumeric ? words.map(Number) : words);
  };
  return (
    <textarea
      {...tiesOf(props)}
      rows={Math.min(8, Math.max(2, lines.length + 1))}
      spellcheck={false}
      placeholder={words.oneALine}
      value={isOurs ? text : lines.join('\n')}
      onInput={(event) => take(textIn(event))}
    />
  );
}

/** Names and words as `team: shop`, one a line. */
export function PairsInput(props: Of<'pairs'>): VNode {
  const { value, onChange, words } = props;
  const pairs = isObject(value) ? Object.entries(value) : [];
  const [text, setText] = useState(pairs.map(([name, word]) => `${name}: ${word}`).join('\n'));
  const take = (given: string) => {
    setText(given);
    const read = pairsIn(given);
    onChange(Object.keys(read).length === 0 ? undefined : read);
  };
  return (
    <textarea
      {...tiesOf(props)}
      rows={Math.min(8, Math.max(2, pairs.length + 1))}
      spellcheck={false}
      placeholder={words.pair}
      value={text}
      onInput={(event) => take(textIn(event))}
    />
  );
}

export function JsonInput(props: FieldProps): VNode {
  const { value, onChange, words } = props;
  const [text, setText] = useState(value === undefined ? '' : JSON.stringify(value, null, 2));
  const [isWrong, setWrong] = useState(false);
  const take = (given: string) => {
    setText(given);
    try {
      onChange(given.trim() === '' ? undefined : JSON.parse(given));
      setWrong(false);
    } catch {
      setWrong(true);
    }
  };
  return (
    <>
      <textarea
        {...tiesOf(props)}
        class="code"
        rows={6}
        spellcheck={false}
        value={text}
        onInput={(event) => take(textIn(event))}
      />
      {isWrong && <small class="field-error">{words.notJson}</small>}
    </>
  );
}
