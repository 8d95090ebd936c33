import { fields } from '../../answers/answer-fields.ts';
import { ask } from '../../kit/index.ts';
import { type Components, type Field, fieldOf, type JsonSchema } from '../../schema-form/index.ts';
import type { ObjectKind } from './kinds.ts';

/** The server makes its document when it is first asked for it. */
const MAKING_MS = 60_000;

type Document = { readonly bodies: ReadonlyMap<string, JsonSchema>; readonly components: Components };

/** What a body may have because answers do, and what nobody changes; the id of a rule for streams is made of its match. */
const onlyInAnswers = ({ list }: ObjectKind) => ['origin', 'aliasUse', ...(list === 'streams' ? ['id'] : [])];

/** An object that was read, as it is sent. */
export function withoutTold(kind: ObjectKind, object: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const told = onlyInAnswers(kind);
  return Object.fromEntries(Object.entries(object).filter(([name]) => !told.includes(name)));
}

let loading: Promise<Document | undefined> | undefined;

/** The fields of an operation's body, as the server's own OpenAPI document has them. */
export async function bodyField(operation: string): Promise<Field | undefined> {
  loading ??= load();
  const document = await loading;
  if (document === undefined) loading = undefined;
  const body = document?.bodies.get(operation);
  return document && body && fieldOf(body, document.components);
}

/** The fields that an object may have, as the server's own OpenAPI document has them. */
export async function fieldsOfBody(kind: ObjectKind): Promise<Field | undefined> {
  const field = await bodyField(kind.replace);
  if (field?.kind !== 'group') return field;
  return { ...field, members: field.members.filter(({ name }) => !onlyInAnswers(kind).includes(name)) };
}

async function load(): Promise<Document | undefined> {
  const answer = await ask('/openapi.json', { timeoutMs: MAKING_MS });
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
