import { describe, expect, it } from 'vitest';
import { pageOf } from './base/index.ts';
import { onePage } from './gather.ts';

type Item = { readonly name: string; readonly count: number };

const keyOf = ({ name }: Item) => name;
const together = (one: Item, other: Item) => ({ name: one.name, count: one.count + other.count });
const names = (text: string) => [...text].map((name) => ({ name, count: 1 }));

/** Reads a list of two nodes page by page, as a caller does. */
function pages(one: string, two: string, limit: number, options: Parameters<typeof onePage<Item>>[2] = {}) {
  const read: string[] = [];
  let cursor: string | undefined;
  do {
    const query = { limit, cursor };
    const said = [one, two].map((has, at) => {
      const { items, ...rest } = pageOf(names(has), query, keyOf, options.order);
      return { node: ['one', 'two'][at] ?? '', answer: { list: items, ...rest } };
    });
    const page = onePage('list', keyOf, options)(said, query) as { list: Item[]; nextCursor?: string };
    read.push(page.list.map(({ name, count }) => (count > 1 ? `${name}${count}` : name)).join(''));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return read;
}

describe('the page of all nodes', () => {
  it.each([
    ['is in order', 'ace', 'bdf', 4, {}, ['abcd', 'ef']],
    ['is in the other order', 'ace', 'bdf', 4, { order: 'descending' as const }, ['fedc', 'ba']],
    ['goes on where only one has more', 'abcd', '', 2, {}, ['ab', 'cd']],
    ['ends where there is no more', 'a', 'b', 2, {}, ['ab']],
    ['has what is one thing once', 'abc', 'bcd', 2, { merge: together }, ['ab2', 'c2d']],
    ['goes on where both have the same', 'abcd', 'abcd', 2, { merge: together }, ['a2b2', 'c2d2']],
  ] as const)('%s', (_what, one, two, limit, options, expected) => {
    expect(pages(one, two, limit, options)).toEqual(expected);
  });

  it('says of each item which node has it', () => {
    const said = [
      { node: 'one', answer: { list: names('b') } },
      { node: 'two', answer: { list: names('a') } },
    ];
    expect(onePage('list', keyOf)(said, { limit: 5 })).toEqual({
      list: [
        { name: 'a', count: 1, node: 'two' },
        { name: 'b', count: 1, node: 'one' },
      ],
    });
  });
});
