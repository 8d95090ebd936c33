import { beforeEach, describe, expect, it } from 'vitest';
import type { KeptAnswer } from '../store/index.ts';
import { OperationError } from './base/index.ts';
import { type KeyedRequest, Repeats } from './repeats.ts';

/** What a database keeps over a restart. */
class Rows {
  readonly rows = new Map<string, KeptAnswer>();
  isReady = true;

  async begin(id: string, request: string): Promise<KeptAnswer | undefined> {
    const row = this.rows.get(id);
    if (row === undefined) this.rows.set(id, { request, answer: undefined });
    return row;
  }

  async finish(id: string, answer: string): Promise<void> {
    this.rows.set(id, { request: this.rows.get(id)?.request ?? '', answer });
  }

  async forget(id: string): Promise<void> {
    this.rows.delete(id);
  }
}

const asked = (change: Partial<KeyedRequest> = {}): KeyedRequest => ({
  caller: { kind: 'session', name: 'eve', userId: 'u1', keyId: undefined },
  ...{ key: 'k', target: 'POST /users', body: { name: 'x' } },
  ...change,
});

let kept: Rows;
let nowMs: number;
let runs: number;

beforeEach(() => {
  [kept, nowMs, runs] = [new Rows(), 0, 0];
});

const restarted = () =>
  new Repeats({ kept, wallMs: () => nowMs, onFailure: (error) => expect(error).toBe('not to happen') });
const run = async () => ({ status: 201, body: { id: ++runs }, etag: '"1"' });
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: OperationError) => `${error.status} ${error.code}`,
  );

describe('Repeats', () => {
  it.each(['with the database', 'without it'])('does it once and gives the same answer again, %s', async (how) => {
    kept.isReady = how === 'with the database';
    const repeats = restarted();
    const first = await repeats.once(asked(), run);
    expect(first).toEqual({ answer: { status: 201, body: { id: 1 }, etag: '"1"' }, isRepeated: false });
    expect(await repeats.once(asked(), run)).toEqual({ ...first, isRepeated: true });
  });

  it('knows the answer after a restart', async () => {
    const first = await restarted().once(asked(), run);
    expect(await restarted().once(asked(), run)).toEqual({ ...first, isRepeated: true });
    expect(runs).toBe(1);
  });

  it('has whoever asks meanwhile wait for the first', async () => {
    let finish = () => {};
    const slow = async () => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return run();
    };
    const repeats = restarted();
    const [first, second] = [repeats.once(asked(), slow), repeats.once(asked(), run)];
    await new Promise(setImmediate);
    finish();
    expect((await second).answer).toEqual((await first).answer);
    expect(runs).toBe(1);
  });

  it('does not do again what was cut off, as nobody knows whether it was done', async () => {
    void restarted().once(asked(), () => new Promise(() => {}));
    await new Promise(setImmediate);
    expect(await codeOf(restarted().once(asked(), run))).toBe('409 IDEMPOTENCY_UNFINISHED');
    expect(runs).toBe(0);
  });

  it.each([
    ['body', { body: { name: 'y' } }],
    ['path', { target: 'POST /blocks' }],
  ])('refuses the key with another %s, after a restart too', async (_, change) => {
    const repeats = restarted();
    await repeats.once(asked(), run);
    for (const each of [repeats, restarted()]) {
      expect(await codeOf(each.once(asked(change), run))).toBe('422 IDEMPOTENCY_KEY_REUSED');
    }
  });

  it('has keys of each caller for itself, and those of a person however they logged in', async () => {
    const repeats = restarted();
    const { caller } = asked();
    await repeats.once(asked(), run);
    await repeats.once(asked({ caller: { ...caller, userId: 'u2' } }), run);
    await repeats.once(asked({ caller: { ...caller, kind: 'access-key', keyId: 'HW1' } }), run);
    expect(runs).toBe(3);
    expect((await repeats.once(asked({ caller: { ...caller, kind: 'password' } }), run)).isRepeated).toBe(true);
  });

  it('does again what failed, and what was asked for a day ago', async () => {
    kept.isReady = false;
    const repeats = restarted();
    const refuse = () => Promise.reject(new OperationError(409, 'NAME_TAKEN', '', ''));
    expect(await codeOf(repeats.once(asked(), refuse))).toBe('409 NAME_TAKEN');
    await repeats.once(asked(), run);
    nowMs += 86_400_000;
    expect((await repeats.once(asked(), run)).isRepeated).toBe(false);
    kept.isReady = true;
    expect(await codeOf(repeats.once(asked({ key: 'other' }), refuse))).toBe('409 NAME_TAKEN');
    expect((await repeats.once(asked({ key: 'other' }), run)).isRepeated).toBe(false);
  });

  it.each(['', ' ', 'a b', 'ä', 'x'.repeat(201)])('refuses %j as a key', async (key) => {
    expect(await codeOf(restarted().once(asked({ key }), run))).toBe('400 IDEMPOTENCY_KEY_INVALID');
  });
});
