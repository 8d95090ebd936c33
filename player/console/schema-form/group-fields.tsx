import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { newKey } from '../kit/new-key.ts';
import { errorsBelow, ownError } from './errors.ts';
import type { Field, Member } from './field.ts';
import type { FieldProps } from './field-props.ts';
import { FieldInput } from './schema-form.tsx';
import { isObject, withMember } from './value.ts';

/** What is better made by chance than thought up. */
const KEY = /^key\d?$/;

type GroupField = Field & { readonly kind: 'group' };

/** The members of an object: what is simple in a grid, what has members of its own folded below. */
export function GroupFields(props: FieldProps<GroupField>): VNode {
  const { field } = props;
  const simple = field.members.filter(({ field: each }) => !hasMembers(each));
  const folded = field.members.filter(({ field: each }) => hasMembers(each));
  return (
    <>
      <div class="field-grid">
        {simple.map((member) => (
          <LabelledField key={member.name} {...props} member={member} />
        ))}
      </div>
      {folded.map((member) => (
        <FoldedField key={member.name} {...props} member={member} />
      ))}
    </>
  );
}

type MemberProps = FieldProps<GroupField> & { readonly member: Member };

/** The properties of a member of the group. */
function memberProps({ value, errors, words, onChange, id, member }: MemberProps): FieldProps {
  const change = (changed: unknown) => {
    const next = withMember(value, member.name, changed);
    onChange(Object.keys(next).length === 0 ? undefined : next);
  };
  return {
    field: member.field,
    id: `${id}-${member.name}`,
    value: isObject(value) ? value[member.name] : undefined,
    errors: errorsBelow(errors, member.name),
    onChange: change,
    words,
  };
}

function LabelledField(props: MemberProps): VNode {
  const own = memberProps(props);
  const { label, unit } = props.words.label(props.member.name);
  const words = `${label}${unit ? ` (${unit})` : ''}`;
  const error = ownError(own.errors) ?? own.errors[0]?.message;
  const isSet = own.field.kind === 'choices';
  const about = (
    <>
      {own.field.hint && <small id={`${own.id}-hint`}>{props.words.hint(own.field.hint)}</small>}
      {error && (
        <small id={`${own.id}-error`} class="field-error">
          {error}
        </small>
      )}
    </>
  );
  if (isSet) {
    return (
      <fieldset class="field">
        <legend>{words}</legend>
        <FieldInput {...own} />
        {about}
      </fieldset>
    );
  }
  return (
    <div class="field">
      <label for={own.id}>
        {words}
        {props.member.isRequired && <span aria-hidden="true"> *</span>}
      </label>
      <FieldInput {...own} />
      {KEY.test(props.member.name) && own.field.kind === 'text' && (
        <button type="button" class="outline small" onClick={() => own.onChange(newKey())}>
          {props.words.makeKey}
        </button>
      )}
      {about}
    </div>
  );
}

function FoldedField(props: MemberProps): VNode {
  const own = memberProps(props);
  const { label } = props.words.label(props.member.name);
  const count = chosenCount(own.value);
  const [isOpen, setOpen] = useState(own.field.isOpen === true || (props.member.isRequired && count === 0));
  return (
    <details
      id={own.id}
      class="field-fold"
      open={isOpen || own.errors.length > 0}
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
    >
      <summary>
        {label}
        {count > 0 && <span class="fold-count">{count}</span>}
      </summary>
      {own.field.hint && <p class="hint">{props.words.hint(own.field.hint)}</p>}
      {own.errors.length > 0 && ownError(own.errors) && <p class="field-error">{ownError(own.errors)}</p>}
      <FieldInput {...own} />
    </details>
  );
}

const hasMembers = ({ kind }: Field) => kind === 'group' || kind === 'list' || kind === 'variants' || kind === 'json';

function chosenCount(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  return isObject(value) ? Object.keys(value).length : value === undefined ? 0 : 1;
}
