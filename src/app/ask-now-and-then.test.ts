import { describe, expect, it } from 'vitest';
import { askNowAndThen } from './ask-now-and-then.ts';

/** Asks every second, and is answered by hand. */
function asker() {
  const asked: { resolve(answer: string): void; reject(error: unknown): void }[] = [];
  const errors: unknown[] = [];
  const world = { nowMs: 5000, hasNothingToAsk: false };
  const ask = () =>
    world.hasNothingToAsk
      ? undefined
      : new Promise<string>((resolve, reject) => {
          asked.push({ resolve, reject });
        });
  const { last, refresh } = askNowAndThen(
    1000,
    () => world.nowMs,
    ask,
    (error) => errors.push(error),
  );
  const heard = () => new Promise(setImmediate);
  const answer = (text: string) => {
    asked.at(-1)?.resolve(text);
    return heard();
  };
  const fail = (error: string) => {
    asked.at(-1)?.reject(error);
    return heard();
  };
  return { world, asked, errors, last, refresh, answer, fail };
}

describe('askNowAndThen', () => {
  it('asks at once, and again only when it is time', async () => {
    const { world, asked, last, refresh, answer } = asker();
    refresh();
    expect([asked.length, last()]).toEqual([1, undefined]);
    await answer('one');
    world.nowMs += 999;
    refresh();
    expect([asked.length, last()]).toEqual([1, 'one']);
    world.nowMs += 1;
    refresh();
    expect([asked.length, last()]).toEqual([2, 'one']);
    await answer('two');
    expect(last()).toBe('two');
  });

  it('asks nothing while an answer is still to come, however long it takes', async () => {
    const { world, asked, refresh, answer } = asker();
    refresh();
    world.nowMs += 60_000;
    refresh();
    expect(asked).toHaveLength(1);
    await answer('late');
    refresh();
    expect(asked).toHaveLength(2);
  });

  it('keeps the answer before one that fails, and asks again', async () => {
    const { world, asked, errors, last, refresh, answer, fail } = asker();
    refresh();
    await answer('one');
    world.nowMs += 1000;
    refresh();
    await fail('away');
    expect([last(), errors]).toEqual(['one', ['away']]);
    world.nowMs += 1000;
    refresh();
    expect(asked).toHaveLength(3);
  });

  it('asks as soon as there is something to ask', () => {
    const { world, asked, refresh } = asker();
    world.hasNothingToAsk = true;
    refresh();
    world.hasNothingToAsk = false;
    refresh();
    expect(asked).toHaveLength(1);
  });
});
