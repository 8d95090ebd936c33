import { expect, it } from 'vitest';
import { othersSeen } from './others-seen.ts';

const seen = (name: string, unseenMs: number) => ({ name, unseenMs });

it('othersSeen has each node once, and a machine of workers by the one that was seen last', () => {
  const workers = [
    seen('one/11', 60_000),
    seen('two/12', 60_000),
    seen('w/1', 60_000),
    seen('w/2', 10),
    seen('x/9', 70_000),
  ];
  expect(othersSeen(seen('one', 0), [seen('two', 500)], workers)).toEqual([
    seen('two', 500),
    seen('w', 10),
    seen('x', 70_000),
  ]);
});
