import { fields } from '../../answers/answer-fields.ts';
import { type ApiAnswer, ask, newKey, pathOf, put, queryOf } from '../../kit/index.ts';

/** Asks for signatures on push or play URLs of a domain, with a new key. Changes the domain only as it was read. */
export async function signUrls(domain: string, kind: 'push' | 'play', reason: string): Promise<ApiAnswer> {
  const path = `/domains${pathOf(domain)}`;
  const read = await ask(path);
  if ('problem' in read) return read;
  const { origin: _, aliasUse: __, ...object } = fields(read.value);
  const auth = { type: 'type_a', key1: newKey() };
  return put(
    `${path}${queryOf({ reason })}`,
    { ...object, [kind]: { ...fields(object[kind]), auth } },
    { etag: read.etag },
  );
}
