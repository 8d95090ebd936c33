import type { Signal } from '@preact/signals';
import type { ComponentChildren, InputHTMLAttributes, VNode } from 'preact';
import { useId } from 'preact/hooks';
import type { ApiProblem } from './api.ts';

type About = {
  readonly label: string;
  /** One sentence under the field. */
  readonly hint?: string | undefined;
  /** The field's place in the body (`play.auth.key1`): what the server says of it is shown here. */
  readonly name?: string;
  readonly problem?: ApiProblem | undefined;
  readonly isRequired?: boolean;
  readonly isDisabled?: boolean;
  /** Something is wrong with it that is said elsewhere. */
  readonly isWrong?: boolean;
};

/** A line of text, a number or a time: whatever `type` the browser has a field for. */
export function TextField(
  props: About & {
    readonly value: Signal<string>;
    readonly type?: 'text' | 'password' | 'number' | 'search' | 'url' | 'datetime-local' | 'date';
    readonly placeholder?: string;
    readonly autocomplete?: string;
    readonly pattern?: string;
    readonly min?: number;
    readonly max?: number;
    /** What is likely to be meant. */
    readonly suggestions?: readonly string[];
  },
): VNode {
  const { value, label, hint, name, problem, isRequired, isDisabled, isWrong, suggestions, ...input } = props;
  const listId = useId();
  return (
    <Labelled label={label} hint={hint} error={errorOf(props)}>
      {(described) => (
        <>
          <input
            {...described}
            {...(isWrong && { 'aria-invalid': true })}
            {...(name !== undefined && { name })}
            {...({ ...input, ...(suggestions && { list: listId }) } as InputHTMLAttributes)}
            spellcheck={false}
            required={isRequired}
            disabled={isDisabled}
            value={value.value}
            onInput={({ currentTarget }) => {
              value.value = currentTarget.value;
            }}
          />
          {suggestions && (
            <datalist id={listId}>
              {suggestions.map((each) => (
                <option key={each} value={each} />
              ))}
            </datalist>
          )}
        </>
      )}
    </Labelled>
  );
}

/** Several lines of text. */
export function TextAreaField(props: About & { readonly value: Signal<string>; readonly rows?: number }): VNode {
  const { value, label, hint, name, isRequired, isDisabled, rows } = props;
  return (
    <Labelled label={label} hint={hint} error={errorOf(props)}>
      {(described) => (
        <textarea
          {...described}
          {...(name !== undefined && { name })}
          rows={rows ?? 4}
          spellcheck={false}
          required={isRequired}
          disabled={isDisabled}
          value={value.value}
          onInput={({ currentTarget }) => {
            value.value = currentTarget.value;
          }}
        />
      )}
    </Labelled>
  );
}

/** One of a few values, each with its words. */
export function SelectField<Value extends string>(
  props: About & {
    readonly value: Signal<Value>;
    readonly choices: readonly { readonly value: Value; readonly words: string }[];
  },
): VNode {
  const { value, label, hint, name, isDisabled, choices } = props;
  return (
    <Labelled label={label} hint={hint} error={errorOf(props)}>
      {(described) => (
        <select
          {...described}
          {...(name !== undefined && { name })}
          disabled={isDisabled}
          value={value.value}
          onChange={({ currentTarget }) => {
            const chosen = choices.find((choice) => choice.value === currentTarget.value);
            if (chosen) value.value = chosen.value;
          }}
        >
          {choices.map((choice) => (
            <option key={choice.value} value={choice.value} selected={choice.value === value.value}>
              {choice.words}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  );
}

/** Yes or no. */
export function CheckField(props: About & { readonly value: Signal<boolean>; readonly isSwitch?: boolean }): VNode {
  const { value, label, hint, name, isDisabled, isSwitch } = props;
  const id = useId();
  return (
    <div class="field check">
      <label>
        <input
          type="checkbox"
          {...(isSwitch && { role: 'switch' })}
          {...(name !== undefined && { name })}
          aria-describedby={hint === undefined ? undefined : id}
          disabled={isDisabled}
          checked={value.value}
          onChange={({ currentTarget }) => {
            value.value = currentTarget.checked;
          }}
        />
        {label}
      </label>
      {hint !== undefined && <small id={id}>{hint}</small>}
    </div>
  );
}

type Described = {
  readonly id: string;
  readonly 'aria-describedby'?: string;
  readonly 'aria-invalid'?: true;
};

function Labelled(props: {
  readonly label: string;
  readonly hint: string | undefined;
  readonly error: string | undefined;
  readonly children: (described: Described) => ComponentChildren;
}): VNode {
  const id = useId();
  const { hint, error } = props;
  const described = {
    id,
    ...((hint ?? error) !== undefined && { 'aria-describedby': `${id}-about` }),
    ...(error !== undefined && { 'aria-invalid': true as const }),
  };
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      {props.children(described)}
      {(hint ?? error) !== undefined && (
        <small id={`${id}-about`} class={error === undefined ? undefined : 'wrong'}>
          {error ?? hint}
        </small>
      )}
    </div>
  );
}

function errorOf({ name, problem }: About): string | undefined {
  if (name === undefined || problem?.kind !== 'refused') return undefined;
  return problem.fields?.[name];
}
