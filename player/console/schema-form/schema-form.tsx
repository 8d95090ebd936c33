import type { VNode } from 'preact';
import { ownError } from './errors.ts';
import type { FieldProps } from './field-props.ts';
import { GroupFields } from './group-fields.tsx';
import {
  ChoiceInput,
  ChoicesInput,
  JsonInput,
  LinesInput,
  NumberInput,
  PairsInput,
  SwitchInput,
  TextInput,
} from './inputs.tsx';
import { ListInput } from './list-input.tsx';
import { VariantsInput } from './variants-input.tsx';

/** The input of one field, of whatever kind. */
export function FieldInput(props: FieldProps): VNode {
  const { field } = props;
  switch (field.kind) {
    case 'text':
      return <TextInput {...props} field={field} />;
    case 'number':
      return <NumberInput {...props} field={field} />;
    case 'switch':
      return <SwitchInput {...props} field={field} />;
    case 'choice':
      return <ChoiceInput {...props} field={field} />;
    case 'choices':
      return <ChoicesInput {...props} field={field} />;
    case 'lines':
      return <LinesInput {...props} field={field} />;
    case 'pairs':
      return <PairsInput {...props} field={field} />;
    case 'group':
      return <GroupFields {...props} field={field} />;
    case 'list':
      return <ListInput {...props} field={field} />;
    case 'variants':
      return <VariantsInput {...props} field={field} />;
    case 'json':
      return <JsonInput {...props} />;
  }
}

/** A whole object, its fields made from its schema. */
export function SchemaForm(props: Omit<FieldProps, 'id'> & { readonly id?: string }): VNode {
  const general = ownError(props.errors);
  return (
    <div class="schema-form">
      {general && (
        <p class="field-error" role="alert">
          {general}
        </p>
      )}
      <FieldInput {...props} id={props.id ?? 'form'} />
    </div>
  );
}
