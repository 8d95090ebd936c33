import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Peer } from '../cluster/index.ts';
import { Caller, type Policy } from '../identity/index.ts';
import { TestClock } from '../live/test-clock.ts';
import type { AuditEntry } from '../store/index.ts';
import { notFound, type Operation, operation } from './base/index.ts';
import { Drain } from './drain.ts';
import { drainOperations } from './drain-operations.ts';
import { forwarded } from './forwarded.ts';
import { ForwardedCalls } from './forwarded-call.ts';
import { InProcess } from './in-process.ts';
import { appOf } from './resources.ts';
import { streamNames } from './schemas.ts';

const TWO: Peer = { nodeId: 'n2', name: 'two', address: '10.0.0.12:8095' };
const STREAM = { domain: 'default', app: 'live', stream: 'demo' };
type Entry = Omit<AuditEntry, 'atMs'>;

function drainOf(): Drain {
  const doors = { publishers: () => 1, askToReconnect: () => 0, endPublishers: () => {}, viewers: () => 0 };
  return new Drain({
    ...{ clock: new TestClock(), onChange: () => {} },
    doors: { ...doors, endViewers: () => {} },
    work: async () => ({ recordings: 0, uploads: undefined, events: undefined }),
  });
}

/** What a node does by itself, and says so. */
function operationsOf(node: string, clips: readonly string[] = []): Operation[] {
  const named = { area: 'Streams', summary: node, params: streamNames, resource: appOf, answer: z.string() };
  return [
    operation({
      ...{ ...named, name: 'note', method: 'post', path: '/{domain}/{app}/{stream}', action: 'streams:kick' },
      ...{ at: 'owner', body: z.strictObject({ words: z.string() }) },
      run: ({ params, body, done, tag, require }) => {
        require(appOf(params), 'clips:create');
        done(appOf(params), { words: body.words });
        tag('7');
        return `${node}: ${body.words}`;
      },
    }),
    operation({
      ...{ ...named, name: 'clip', method: 'get', path: '/{domain}/{app}/{stream}/clip', action: 'clips:read' },
      at: 'holder',
      run: () => {
        if (!clips.includes(node)) throw notFound('CLIP_NOT_FOUND', `not at ${node}`, '');
        return node;
      },
    }),
  ];
}

function twoNodes(given: { owner?: Peer; clips?: string[]; isUp?: boolean; policy?: Policy } = {}) {
  const { owner, clips = [], isUp = true } = given;
  const policy: Policy = given.policy ?? [{ effect: 'allow', actions: ['*'], resources: ['*'] }];
  const [here, there]: [Entry[], Entry[]] = [[], []];
  const drain = drainOf();
  const atTwo = [...operationsOf('two', clips), ...drainOperations(drain)];
  const calls = new ForwardedCalls({ operations: atTwo, audit: { record: (entry) => there.push(entry) } });
  const others = {
    all: [TWO],
    ownerOf: async () => owner,
    ask: async (_peer: Peer, { body }: { readonly body?: unknown }) => {
      if (!isUp) throw new Error('no answer came in time');
      const answer = await calls.run(JSON.parse(JSON.stringify(body)), new AbortController().signal);
      return Buffer.from(JSON.stringify(answer));
    },
  };
  const own = [...operationsOf('one', clips), ...drainOperations(drainOf())];
  const operations = forwarded(own, { self: { nodeId: 'n1', name: 'one' }, peers: others });
  const inProcess = new InProcess({ operations, audit: { record: (entry) => here.push(entry) } });
  const caller = new Caller({
    kind: 'access-key',
    name: 'ann',
    keyId: 'AK1',
    address: '192.0.2.1',
    policies: [policy],
  });
  return { ask: inProcess.for(caller, new AbortController().signal), here, there, drain };
}

describe('an operation on a stream', () => {
  it('is done where the stream is, for who asked', async () => {
    const { ask, here, there } = twoNodes({ owner: TWO });
    const done = await ask.tagged('note', { params: STREAM, body: { words: 'hi' } });
    expect(done).toEqual({ answer: 'two: hi', etag: '7' });
    expect(here).toEqual([]);
    expect(there).toMatchObject([
      { actor: 'ann', actorKind: 'access-key', address: '192.0.2.1', action: 'streams:kick', outcome: 'done' },
    ]);
    expect(there[0]?.detail).toEqual({ words: 'hi', accessKeyId: 'AK1', askedAt: 'one' });
    const own = twoNodes();
    expect(await own.ask('note', { params: STREAM, body: { words: 'hi' } })).toBe('one: hi');
    expect([own.here.length, own.there.length]).toEqual([1, 0]);
  });

  it('is refused where it is asked for, and again where it is done', async () => {
    const none = twoNodes({ owner: TWO, policy: [{ effect: 'allow', actions: ['clips:read'], resources: ['*'] }] });
    await expect(none.ask('note', { params: STREAM, body: { words: '' } })).rejects.toMatchObject({ status: 403 });
    expect([none.here.length, none.there.length]).toEqual([1, 0]);
    const some = twoNodes({ owner: TWO, policy: [{ effect: 'allow', actions: ['streams:kick'], resources: ['*'] }] });
    await expect(some.ask('note', { params: STREAM, body: { words: '' } })).rejects.toMatchObject({ status: 403 });
    expect(some.there).toMatchObject([{ action: 'clips:create', outcome: 'refused' }]);
  });

  it('says what to do where its node does not answer', async () => {
    const { ask } = twoNodes({ owner: TWO, isUp: false });
    await expect(ask('note', { params: STREAM, body: { words: '' } })).rejects.toMatchObject({
      ...{ status: 503, code: 'NODE_UNREACHABLE' },
      message: 'the node two cannot be reached: no answer came in time',
    });
  });

  it('is done by whoever holds what it is about', async () => {
    expect(await twoNodes({ owner: TWO, clips: ['one', 'two'] }).ask('clip', { params: STREAM })).toBe('one');
    expect(await twoNodes({ owner: TWO, clips: ['two'] }).ask('clip', { params: STREAM })).toBe('two');
    await expect(twoNodes({ owner: TWO }).ask('clip', { params: STREAM })).rejects.toThrow('not at two');
    await expect(twoNodes({ clips: ['two'] }).ask('clip', { params: STREAM })).rejects.toThrow('not at one');
  });
});

describe('an operation on a node', () => {
  it('is done by the one that is named', async () => {
    const { ask, drain } = twoNodes();
    for (const node of ['one', 'n1'])
      expect(await ask('getDrain', { query: { node } })).toMatchObject({ state: 'serving' });
    const begun = await ask('startDrain', { query: { node: 'two' }, body: { seconds: 5 } });
    expect([begun, drain.state]).toMatchObject([{ state: 'draining' }, 'draining']);
    expect(await ask('getDrain', {})).toMatchObject({ state: 'serving' });
    expect(await ask('endDrain', { query: { node: 'n2' } })).toMatchObject({ state: 'serving' });
    await expect(ask('endDrain', { query: { node: 'two' } })).rejects.toMatchObject({ code: 'NOT_DRAINING' });
    await expect(ask('getDrain', { query: { node: 'three' } })).rejects.toMatchObject({ code: 'NODE_NOT_FOUND' });
  });
});
