import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { NodeError, type Peer } from '../cluster/index.ts';
import { Caller, type Policy } from '../identity/index.ts';
import { TestClock } from '../live/test-clock.ts';
import type { AuditEntry } from '../store/index.ts';
import { notFound, type Operation, operation, pageQuery } from './base/index.ts';
import { Drain } from './drain.ts';
import { drainOperations } from './drain-operations.ts';
import { forwarded } from './forwarded.ts';
import { ForwardedCalls } from './forwarded-call.ts';
import { onePage } from './gather.ts';
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
    operation({
      ...{ name: 'things', area: 'Streams', summary: node, method: 'get', path: '/things', action: 'streams:read' },
      query: pageQuery(),
      answer: z.object({ things: z.array(z.object({ name: z.string(), node: z.string().optional() })) }),
      gather: onePage<{ readonly name: string }>('things', ({ name }) => name),
      run: () => ({ things: [{ name: `of ${node}` }] }),
    }),
  ];
}

type Given = { owner?: Peer; clips?: string[]; trouble?: NodeError; isOlder?: boolean; policy?: Policy };

function twoNodes(given: Given = {}) {
  const { owner, clips = [], trouble, isOlder = false } = given;
  const policy: Policy = given.policy ?? [{ effect: 'allow', actions: ['*'], resources: ['*'] }];
  const [here, there]: [Entry[], Entry[]] = [[], []];
  const drain = drainOf();
  const atTwo = [...operationsOf('two', clips), ...drainOperations(drain)];
  const calls = new ForwardedCalls({
    operations: isOlder ? [] : atTwo,
    audit: { record: (entry) => there.push(entry) },
  });
  const others = {
    all: [TWO],
    ownerOf: async () => owner,
    holders: async () => [TWO],
    ask: async (_peer: Peer, { body }: { readonly body?: unknown }) => {
      if (trouble) throw trouble;
      const answer = await calls.run(JSON.parse(JSON.stringify(body)), new AbortController().signal);
      return Buffer.from(JSON.stringify(answer));
    },
  };
  const own = [...operationsOf('one', clips), ...drainOperations(drainOf())];
  const operations = forwarded(own, { self: { nodeId: 'n1', name: 'one', version: '1' }, peers: others });
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

  it.each([
    ['unreachable', 503, 'NODE_UNREACHABLE', 'the node two cannot be reached: why'],
    ['silent', 504, 'NODE_SILENT', 'the node two does not answer: why'],
    ['broken', 504, 'NODE_SILENT', 'the node two broke off before its answer: why'],
    ['refused', 502, 'NODE_REFUSED', 'the node two and this one do not trust each other: why'],
    ['failed', 502, 'NODE_FAILED', 'the node two failed: why'],
    [
      'unknown',
      502,
      'NODE_OTHER_RELEASE',
      'the node two does not know what it was asked: why (it runs 2, and this one 1)',
    ],
  ] as const)('says how its node does not answer: %s', async (trouble, status, code, message) => {
    const version = trouble === 'unknown' ? '2' : '1';
    const { ask } = twoNodes({ owner: { ...TWO, version }, trouble: new NodeError(trouble, 'why') });
    const asked = ask('note', { params: STREAM, body: { words: '' } });
    await expect(asked).rejects.toMatchObject({ status, code, message });
  });

  it('is not known where another release runs', async () => {
    const { ask } = twoNodes({ owner: TWO, isOlder: true });
    const asked = ask('note', { params: STREAM, body: { words: '' } });
    await expect(asked).rejects.toMatchObject({ status: 502, code: 'NODE_OTHER_RELEASE' });
  });

  it('is done by whoever holds what it is about', async () => {
    expect(await twoNodes({ owner: TWO, clips: ['one', 'two'] }).ask('clip', { params: STREAM })).toBe('one');
    expect(await twoNodes({ owner: TWO, clips: ['two'] }).ask('clip', { params: STREAM })).toBe('two');
    expect(await twoNodes({ clips: ['two'] }).ask('clip', { params: STREAM })).toBe('two');
    await expect(twoNodes({ owner: TWO }).ask('clip', { params: STREAM })).rejects.toThrow('not at one');
    const gone = twoNodes({ trouble: new NodeError('unreachable', 'why') });
    await expect(gone.ask('clip', { params: STREAM })).rejects.toMatchObject({ code: 'NODE_UNREACHABLE' });
  });
});

describe('a list of all nodes', () => {
  it('has the items of each with its node, and names who did not answer', async () => {
    expect(await twoNodes().ask('things')).toEqual({
      things: [
        { name: 'of one', node: 'one' },
        { name: 'of two', node: 'two' },
      ],
    });
    const alone = await twoNodes({ trouble: new NodeError('silent', 'why') }).ask('things');
    expect(alone).toEqual({ things: [{ name: 'of one', node: 'one' }], silentNodes: ['two'] });
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
