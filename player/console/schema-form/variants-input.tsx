import type { VNode } from 'preact';
import type { Field } from './field.ts';
import type { FieldProps } from './field-props.ts';
import { FieldInput } from './schema-form.tsx';
import { isObject, startOfVariant, variantIndex, withMember } from './value.ts';

/** A value of one of several forms: which one, and its fields. */
export function VariantsInput(props: FieldProps<Field & { readonly kind: 'variants' }>): VNode {
  const { field, id, value, words, onChange } = props;
  const index = value === undefined ? -1 : variantIndex(value, field.variants);
  const variant = field.variants[index];
  const choose = (at: number) => onChange(at < 0 ? undefined : startOfVariant(field.variants[at]));
  const keepMark = (changed: unknown) => {
    if (variant?.mark === undefined) return onChange(changed);
    onChange(withMember(isObject(changed) ? changed : {}, ...variant.mark));
  };
  return (
    <div class="field-variants">
      <label for={`${id}-form`}>{words.form}</label>
      <select id={`${id}-form`} value={index} onChange={(event) => choose(Number(event.currentTarget.value))}>
        <option value={-1}>{words.inherited}</option>
        {field.variants.map(({ name }, at) => (
          <option key={name} value={at}>
            {name}
          </option>
        ))}
      </select>
      {variant && variant.constant === undefined && <FieldInput {...props} field={variant.field} onChange={keepMark} />}
    </div>
  );
}
