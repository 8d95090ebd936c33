import type { Ask } from '../../../operations/index.ts';

type Page = { readonly nextCursor?: string | undefined };

const MOST_PAGES = 1000;
/** Every list gives so many at once. */
const PAGE = 500;

/** All items of a list that comes in pages, from the operation of this name. */
export async function everyPage<T>(
  ask: Ask,
  name: string,
  items: string,
  query: object = {},
  params: object = {},
): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const answer = await ask<Page & Record<string, unknown>>(name, {
      params,
      query: { limit: PAGE, ...query, ...(cursor && { cursor }) },
    });
    all.push(...(answer[items] as T[]));
    cursor = answer.nextCursor;
    if (cursor === undefined) break;
  }
  return all;
}
