import { describe, expect, it } from 'vitest';
import { type PastStep, stepsToRedo } from './retry-steps.ts';

const step = (name: string, fields: Partial<PastStep> = {}): PastStep => ({
  ...{ name, input: {}, output: null, after: [], runsAlways: false, isDone: true, attempts: 1 },
  ...fields,
});
const part = (n: number) => ({ storage: 'main', object: `parts/run/${n}.mp4` });
const pieces = [1, 2].map((n) => step(`piece-${n}`, { after: ['split'], output: { files: { 0: part(n) } } }));
const split = step('split', { output: { place: { storage: 'main', prefix: 'parts/run/' } } });
const cleanup = (attempts: number, prefix = 'parts/run/') =>
  step('cleanup', { runsAlways: true, attempts, input: { storage: 'main', prefix } });
const merge = (n: number, isDone: boolean) =>
  step(`merge-${n}`, {
    ...{ isDone, after: ['merge'], input: { parts: [1, 2].map((at) => ({ files: { 0: part(at) } })) } },
    output: isDone ? { storage: 'main', object: `out/${n}.mp4` } : null,
  });
const merges = step('merge', { after: ['split', 'piece-1', 'piece-2'], output: { count: 2 } });

describe('stepsToRedo', () => {
  it('makes again what was cleaned up and is given to a step that failed, which waits for it', () => {
    const steps = [split, ...pieces, merges, merge(1, true), merge(2, false), cleanup(1)];
    expect(stepsToRedo(steps)).toEqual({
      names: ['piece-1', 'piece-2'],
      waits: [{ name: 'merge-2', after: ['piece-1', 'piece-2'] }],
    });
  });

  it('makes again what a skipped step waits for', () => {
    const [first, second] = pieces as [PastStep, PastStep];
    const steps = [split, first, { ...second, isDone: false, output: null }, { ...merges, isDone: false }, cleanup(1)];
    expect(stepsToRedo(steps)).toEqual({ names: ['piece-1'], waits: [] });
  });

  it.each([
    ['cleaned up yet', cleanup(0)],
    ['cleaned up there', cleanup(1, 'parts/other/')],
  ])('leaves all where nothing was %s', (_, last) => {
    expect(stepsToRedo([split, ...pieces, merges, merge(2, false), last])).toEqual({ names: [], waits: [] });
  });

  it('leaves what nobody needs any more', () => {
    const look = step('look', {
      after: ['merge-1'],
      isDone: false,
      input: { source: { storage: 'main', object: 'out/1.mp4' } },
    });
    expect(stepsToRedo([split, ...pieces, merges, merge(1, true), look, cleanup(1)])).toEqual({ names: [], waits: [] });
  });
});
