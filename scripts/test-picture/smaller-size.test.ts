import { describe, expect, it } from 'vitest';
import { type Size, smallerSize } from './smaller-size.ts';

function stepsFrom(asked: Size): string[] {
  const steps: string[] = [];
  for (let size: Size | undefined = asked; size !== undefined; size = smallerSize(asked, size)) {
    steps.push(`${size.width}x${size.height}`);
  }
  return steps;
}

describe('smallerSize', () => {
  it.each([
    [{ width: 1280, height: 720 }, ['1280x720', '960x540', '640x360', '320x180']],
    [{ width: 160, height: 90 }, ['160x90', '120x68', '80x46', '40x22']],
    [{ width: 2, height: 2 }, ['2x2']],
  ])('of %j', (asked, steps) => expect(stepsFrom(asked)).toEqual(steps));
});
