import { expect, it } from 'vitest';
import { readNodes } from './read-nodes.ts';

it('reads nodes that serve, drain and are gone', () => {
  const drain = (state: string, left: number) => ({
    ...{ state, publishers: { atStart: 1, left }, viewers: { atStart: 3, left } },
  });
  const nodes = [
    { id: '1', name: 'one', state: 'there', isAsked: true, load: { level: 'normal' }, drain: drain('serving', 1) },
    { id: '2', name: 'two', state: 'there', drain: drain('draining', 1) },
    { id: '3', name: 'three', state: 'gone', lastSeenAt: '2026-01-01T00:00:00.000Z' },
    { id: '4', name: 'four', state: 'of another release' },
  ];
  const read = readNodes({ nodes });
  expect(read.map(({ state, isAsked, left }) => [state, isAsked, left.share])).toEqual([
    ['there', true, 0.5],
    ['draining', false, 0.5],
    ['gone', false, 0],
    ['silent', false, 0],
  ]);
});
