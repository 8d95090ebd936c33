import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { within } from './within.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Waits for the end of the signal, whatever is collected meanwhile. */
async function aborted(signal: AbortSignal): Promise<never> {
  const collecting = setInterval(collectGarbage, 5);
  if (!signal.aborted) await once(signal, 'abort').finally(() => clearInterval(collecting));
  clearInterval(collecting);
  throw signal.reason;
}

describe('within', () => {
  it('ends what takes too long, over any garbage collection', async () => {
    const never = new AbortController();
    await expect(within(50, never.signal, aborted)).rejects.toMatchObject({ name: 'TimeoutError' });
    await expect(within(50, undefined, aborted)).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('ends with the signal of whoever no longer waits, before and meanwhile', async () => {
    const caller = new AbortController();
    const working = within(60_000, caller.signal, aborted);
    caller.abort(new Error('gone'));
    await expect(working).rejects.toThrow('gone');
    await expect(within(60_000, caller.signal, aborted)).rejects.toThrow('gone');
  });

  it('gives what was done in time, and leaves nothing at the signal', async () => {
    const caller = new AbortController();
    let removed = 0;
    const signal = Object.assign(caller.signal, {
      removeEventListener: () => {
        removed++;
      },
    });
    expect(await within(60_000, signal, async () => 'done')).toBe('done');
    expect(removed).toBe(1);
  });
});
