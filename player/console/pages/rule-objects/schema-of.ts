import { fields } from '../../answers/answer-fields.ts';
import { ask } from '../../kit/index.ts';
import { type Components, type Field, fieldOf, type JsonSchema } from '../../schema-form/index.ts';

type Document = { readonly bodies: ReadonlyMap<string, JsonSchema>; readonly components: Components };

/** What a body may have because answers do, and what nobody changes. */
const ONLY_IN_ANSWERS: readonly string[] = ['origin', 'aliasUse'];

let loading: Promise<Document | undefined> | undefined;

/** The fields of an operation's body, as the server's own OpenAPI document has them. */
export async function fieldsOfBody(operationId: string): Promise<Field | undefined> {
  loading ??= load();
  const document = await loading;
  if (document === undefined) loading = undefined;
  const body = document?.bodies.get(operationId);
  const field = document && body && fieldOf(body, document.components);
  if (field?.kind !== 'group') return field;
  return { ...field, members: field.members.filter(({ name }) => !ONLY_IN_ANSWERS.includes(name)) };
}

async function load(): Promise<Document | undefined> {
  const answer = await ask('/openapi.json');
  if ('problem' in answer) return undefined;
  const { paths, components } = fields(answer.value);
  const bodies = new Map<string, JsonSchema>();
  for (const methods of Object.values(fields(paths))) {
    for (const operation of Object.values(fields(methods))) {
      const { operationId, requestBody } = fields(operation);
      const { schema } = fields(fields(fields(requestBody).content)['application/json']);
      if (typeof operationId === 'string' && schema !== undefined) bodies.set(operationId, schema as JsonSchema);
    }
  }
  return { bodies, components: fields(fields(components).schemas) as Components };
}
