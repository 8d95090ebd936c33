import type { VNode } from 'preact';
import { errorsBelow } from './errors.ts';
import type { Field } from './field.ts';
import type { FieldProps } from './field-props.ts';
import { FieldInput } from './schema-form.tsx';
import { startOf } from './value.ts';

/** Objects of one kind, one below the other. */
export function ListInput(props: FieldProps<Field & { readonly kind: 'list' }>): VNode {
  const { field, id, value, errors, words, onChange } = props;
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  const replace = (at: number, item: unknown) => onChange(items.map((each, index) => (index === at ? item : each)));
  const without = (at: number) => {
    const rest = items.filter((_, index) => index !== at);
    onChange(rest.length === 0 ? undefined : rest);
  };
  return (
    <div class="field-list">
      {items.map((item, index) => (
        // Items have no names of their own; their places are all there is.
        <div class="field-item" key={index}>
          <FieldInput
            {...{ id: `${id}-${index}`, field: field.item, value: item, words }}
            errors={errorsBelow(errors, index)}
            onChange={(changed) => replace(index, changed ?? {})}
          />
          <button type="button" class="outline small" onClick={() => without(index)}>
            {words.remove} {index + 1}
          </button>
        </div>
      ))}
      <button type="button" class="outline small" onClick={() => onChange([...items, startOf(field.item)])}>
        {words.add}
      </button>
    </div>
  );
}
