import { expect, it } from 'vitest';
import { FloodLine } from './flood-line.ts';

it('FloodLine says the first at once, and then one for many', () => {
  let now = 0;
  const said: (string | number)[][] = [];
  const line = new FloodLine({ nowMs: () => now }, (address, count) => said.push([address, count]));
  for (const address of ['a', 'b', 'c']) line.add(address);
  expect(said).toEqual([['a', 1]]);
  now = 10_000;
  line.add('d');
  line.add('e');
  expect(said).toEqual([
    ['a', 1],
    ['d', 3],
  ]);
});
