import { type ApiDocument, nameOf, type Schema } from './document.ts';

type Props = { readonly document: ApiDocument; readonly schema: Schema; readonly depth?: number };

const MOST_DEEP = 5;
const MOST_VALUES = 12;

/** The fields of a schema, and below each those of what is in it. */
export function SchemaView({ document, schema: given, depth = 0 }: Props) {
  const schema = document.resolve(given);
  const variants = schema.anyOf ?? schema.oneOf;
  if (depth > MOST_DEEP) return null;
  if (schema.type === 'array' && schema.items) {
    return <SchemaView document={document} schema={schema.items} depth={depth} />;
  }
  if (variants) {
    const objects = variants.filter((each) => hasFields(document, each));
    return objects.map((each, index) => (
      <div key={index} class="variant">
        {objects.length > 1 && <p class="quiet">{index === 0 ? 'Either' : 'or'}</p>}
        <SchemaView document={document} schema={each} depth={depth} />
      </div>
    ));
  }
  const fields = Object.entries(schema.properties ?? {});
  if (fields.length === 0) return null;
  return (
    <dl class="fields">
      {fields.map(([name, field]) => (
        <Field
          key={name}
          document={document}
          schema={field}
          depth={depth + 1}
          name={name}
          isRequired={schema.required?.includes(name) ?? false}
        />
      ))}
    </dl>
  );
}

type FieldProps = Props & { readonly name: string; readonly isRequired: boolean };

/** A field by its name, what it takes, and what it is for. */
export function Field({ document, schema, depth = 0, name, isRequired }: FieldProps) {
  const description = schema.description ?? document.resolve(schema).description;
  return (
    <>
      <dt>
        <code>{name}</code> <span class="type">{typeOf(document, schema)}</span>
        {isRequired && <span class="required">required</span>}
      </dt>
      <dd>
        {description && <p>{description}</p>}
        <SchemaView document={document} schema={schema} depth={depth} />
      </dd>
    </>
  );
}

function hasFields(document: ApiDocument, given: Schema): boolean {
  const { properties, items, anyOf } = document.resolve(given);
  return properties !== undefined || anyOf !== undefined || (items !== undefined && hasFields(document, items));
}

/** What a field takes, in a few words: `integer 1 to 500, 100 where it is left out`. */
function typeOf(document: ApiDocument, given: Schema): string {
  const schema = document.resolve(given);
  const preset = given.default ?? schema.default;
  const words = [kindOf(document, given, schema), rangeOf(schema)].filter((each) => each !== '').join(' ');
  return preset === undefined ? words : `${words}, ${JSON.stringify(preset)} where it is left out`;
}

function kindOf(document: ApiDocument, given: Schema, schema: Schema): string {
  const variants = schema.anyOf ?? schema.oneOf;
  if (schema.enum) return choiceOf(schema.enum);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (variants) return [...new Set(variants.map((each) => kindOf(document, each, document.resolve(each))))].join(' | ');
  if (schema.type === 'array')
    return `list of ${schema.items ? kindOf(document, schema.items, document.resolve(schema.items)) : 'anything'}`;
  return nameOf(given) ?? schema.format ?? schema.type ?? 'anything';
}

function choiceOf(values: readonly unknown[]): string {
  const shown = values.slice(0, MOST_VALUES).map((each) => JSON.stringify(each));
  return [...shown, ...(values.length > shown.length ? [`${values.length - shown.length} more`] : [])].join(' | ');
}

function rangeOf({ type, minimum, maximum, maxLength }: Schema): string {
  if (type === 'string') return maxLength === undefined ? '' : `to ${maxLength} characters`;
  const isBounded = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
  if (isBounded) return `${minimum ?? 0} to ${maximum}`;
  return minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER ? `from ${minimum}` : '';
}
