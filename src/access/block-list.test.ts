import { describe, expect, it } from 'vitest';
import { CompiledRules, rulesSchema } from '../rules/index.ts';
import { Access } from './access.ts';
import { type Block, BlockList } from './block-list.ts';
import type { PublishRequest } from './request.ts';

const block = (stream: string, untilMs: number, sinceMs = 0): Block => ({
  ...{ domain: 'default', app: 'live', stream, sinceMs, untilMs },
  reason: 'nudity',
  by: 'moderation',
});

describe('BlockList', () => {
  it('has exact names, each until its time', () => {
    let nowMs = 0;
    const list = new BlockList(() => nowMs, [block('a', 100, 2), block('b', 50, 1)]);
    expect(list.all().map(({ stream }) => stream)).toEqual(['b', 'a']);
    expect(list.find({ domain: 'default', app: 'live', stream: 'a_lsd' })).toBeUndefined();
    expect(list.find({ domain: 'other', app: 'live', stream: 'a' })).toBeUndefined();
    nowMs = 50;
    expect(list.all().map(({ stream }) => stream)).toEqual(['a']);
    expect(list.lift(block('b', 0))).toBeUndefined();
    list.add(block('a', 200));
    nowMs = 199;
    expect(list.find(block('a', 0))?.untilMs).toBe(200);
    expect(list.lift(block('a', 0))).toMatchObject({ isLifted: true });
    expect(list.lift(block('a', 0))).toBeUndefined();
    expect(list.all()).toEqual([]);
  });

  it('holds ten thousand, and makes room of those that are over', () => {
    let nowMs = 0;
    const list = new BlockList(() => nowMs);
    for (let index = 0; index < 10_000; index++)
      expect(list.add(block(`s${index}`, index === 0 ? 10 : 100))).toBeDefined();
    expect(list.add(block('one more', 100))).toBeUndefined();
    expect(list.add(block('s5', 500))).toBeDefined();
    nowMs = 10;
    expect(list.add(block('one more', 100))).toBeDefined();
  });

  it('agrees with the lists of other nodes on the last change, whatever comes first', () => {
    let nowMs = 1;
    const lists = [new BlockList(() => nowMs), new BlockList(() => nowMs), new BlockList(() => nowMs)] as const;
    const [one, two, late] = lists;
    const added = one.add(block('a', 100))!;
    expect([two.take(added), two.take(added)]).toEqual([true, false]);
    expect(two.find(block('a', 0))?.untilMs).toBe(100);
    // Within the same millisecond.
    const lifted = two.lift(block('a', 0))!;
    const again = two.add(block('a', 200))!;
    expect([late.take(again), late.take(lifted), late.take(added)]).toEqual([true, false, false]);
    expect([one.take(lifted), one.find(block('a', 0)), one.take(again)]).toEqual([true, undefined, true]);
    expect(lists.map((list) => list.all())).toEqual([[block('a', 200)], [block('a', 200)], [block('a', 200)]]);
    nowMs = 200;
    expect([late.take({ ...again, changedMs: 500 }), late.entries()]).toEqual([false, []]);
  });
});

describe('Access of a blocked stream', () => {
  const rules = new CompiledRules(
    rulesSchema.parse({ domains: [{ name: 'default', push: { ip: { mode: 'deny', list: ['192.0.2.1'] } } }] }),
  );
  const list = new BlockList(() => 0, [block('demo', 60_000)]);
  const access = new Access({
    rules: () => rules,
    nowMs: () => 0,
    sessionTokenKeys: { current: new Uint8Array(32) },
    blockOf: (stream) => list.find(stream),
  });
  const push = (stream: string, address = '127.0.0.1'): PublishRequest => ({
    ...{ domain: rules.domain('default')!, app: 'live', stream, path: `/live/${stream}`, query: '', address },
    protocol: 'rtmp-push',
  });
  const reason = 'blocked until 1970-01-01T00:01:00.000Z: nudity';

  it('refuses to publish it, to those who might publish', async () => {
    expect(await access.publish(push('demo'))).toMatchObject({ allowed: false, code: 'BLOCKED', status: 403, reason });
    expect(await access.publish(push('other'))).toMatchObject({ allowed: true });
    expect(await access.publish(push('demo', '192.0.2.1'))).toMatchObject({ code: 'IP_DENIED' });
    expect(await access.play({ ...push('demo'), protocol: 'flv' })).toMatchObject({ allowed: true });
  });

  it('is explained', async () => {
    const { verdict, steps } = await access.explain(push('demo'));
    expect(verdict).toMatchObject({ code: 'BLOCKED' });
    expect(steps.at(-1)).toEqual({ name: 'block', passed: false, detail: reason });
    expect((await access.explain(push('other'))).verdict.allowed).toBe(true);
  });
});
