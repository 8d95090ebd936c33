import { type Ask, OperationError } from '../../../operations/index.ts';
import { isNotFound } from './operation-answer.ts';

/** The kinds of objects of the rules, as operations name them. */
const PARAMS = {
  ...{ StreamRule: 'id', Callback: 'id', MediaCallback: 'id', Template: 'name', Watermark: 'name' },
  ...{ Pull: 'name', Transfer: 'name' },
} as const;

export type EditedKind = keyof typeof PARAMS;

const ATTEMPTS = 4;

/**
 * Reads an object, and writes what `edit` makes of it: another one in its place, a new one where there was none, and none
 * where it says so. Whoever changes it meanwhile has it edited again.
 */
export async function editObject<T extends object>(
  ask: Ask,
  { kind, id, reason }: { readonly kind: EditedKind; readonly id: string; readonly reason: string },
  edit: (now: T | undefined) => object | undefined | Promise<object | undefined>,
): Promise<void> {
  const params = { [PARAMS[kind]]: id };
  const query = { reason };
  for (let attempt = 1; ; attempt++) {
    const read = await found<T>(ask, kind, params);
    const body = await edit(read?.answer);
    try {
      if (body === read?.answer) return;
      if (read === undefined) await ask(`create${kind}`, { query, body });
      else if (body === undefined) await ask(`delete${kind}`, { params, query, ifMatch: read.etag });
      else await ask(`replace${kind}`, { params, query, body, ifMatch: read.etag });
      return;
    } catch (error) {
      if (attempt === ATTEMPTS || !isMeanwhile(error)) throw error;
    }
  }
}

async function found<T>(ask: Ask, kind: EditedKind, params: object) {
  try {
    return await ask.tagged<T>(`get${kind}`, { params });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Somebody else changed, added or removed it since it was read. */
function isMeanwhile(error: unknown): boolean {
  return error instanceof OperationError && ([412, 404].includes(error.status) || error.code === 'ALREADY_THERE');
}
