import { cursorOf, type Gather, pageOf, type Said } from './base/index.ts';

type Options<Item> = {
  readonly order?: 'ascending' | 'descending';
  /** Of two that have the same key and are one thing; otherwise both are listed, each with its node. */
  readonly merge?: (one: Item, other: Item) => Item;
};

/**
 * For `gather`: the pages of all nodes as one page. Each node gives as many as are asked for after the same cursor, so
 * the first of all are among them. `keyOf` is what each node sorts by.
 */
export function onePage<Item extends object>(
  list: string,
  keyOf: (item: Item) => string,
  { order = 'ascending', merge }: Options<Item> = {},
): Gather {
  return (said, query) => {
    const all = said.flatMap((each) => itemsOf<Item>(each, list, merge === undefined));
    const one = merge ? merged(all, keyOf, merge) : all;
    const limit = Number(query.limit);
    const { items, nextCursor } = pageOf(one, { limit }, keyOf, order);
    const last = items.at(-1);
    // Whoever has more gave as many as are on the page.
    const goesOn = said.some(({ answer }) => 'nextCursor' in (answer as object));
    const next = nextCursor ?? (goesOn && last ? cursorOf(keyOf(last)) : undefined);
    return { [list]: items, ...(next !== undefined && { nextCursor: next }) };
  };
}

function itemsOf<Item>({ node, answer }: Said, list: string, isNamed: boolean): Item[] {
  const items = (answer as Readonly<Record<string, readonly Item[]>>)[list] ?? [];
  return isNamed ? items.map((item) => ({ ...item, node })) : [...items];
}

function merged<Item>(all: readonly Item[], keyOf: (item: Item) => string, merge: (one: Item, other: Item) => Item) {
  const byKey = new Map<string, Item>();
  for (const item of all) {
    const known = byKey.get(keyOf(item));
    byKey.set(keyOf(item), known === undefined ? item : merge(known, item));
  }
  return [...byKey.values()];
}
