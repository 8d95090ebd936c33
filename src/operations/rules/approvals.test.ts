import { describe, expect, it } from 'vitest';
import { RISKS } from '../../identity/index.ts';
import { changesBetween, halfSchema } from '../../rules/index.ts';
import { type ApprovalStore, Approvals } from './approvals.ts';

const signed = { name: 'a.test', play: { auth: { type: 'type_a', key1: 'key-of-a' } } };
const open = { name: 'a.test' };
const callback = { id: 'c', url: 'http://c.test/', key: 'key-of-the-callback' };
const streamKey = { id: 's', key: 'key-of-the-stream' };

const risksOf = (before: unknown, after: unknown, risks: readonly (typeof RISKS)[number][] = RISKS) =>
  new Approvals({ risks, store: {} as ApprovalStore, newId: () => '', nowMs: () => 0 }).risksOf(
    changesBetween(halfSchema.parse(before), halfSchema.parse(after)),
  );

describe('changes that need a second person', () => {
  it.each<[string, unknown, unknown, readonly string[]]>([
    ['signing is switched off', { domains: [signed] }, { domains: [open] }, ['auth-off', 'keys']],
    ['a domain goes', { domains: [signed] }, {}, ['delete-domain']],
    ['a domain comes', {}, { domains: [signed] }, []],
    ['a limit changes', { domains: [signed] }, { domains: [{ ...signed, limits: { viewers: 1 } }] }, []],
    ['a stream key comes', {}, { streamKeys: [streamKey] }, ['keys']],
    ['a stream key moves', { streamKeys: [streamKey] }, { streamKeys: [{ ...streamKey, match: { app: 'x' } }] }, []],
    [
      'a callback goes elsewhere',
      { callbacks: [callback] },
      { callbacks: [{ ...callback, url: 'http://d.test/' }] },
      ['callback-urls'],
    ],
    [
      'a callback gets another key',
      { callbacks: [callback] },
      { callbacks: [{ ...callback, key: 'another-key-of-it' }] },
      ['keys'],
    ],
  ])('%s', (_, before, after, risks) => expect(risksOf(before, after)).toEqual(risks));

  it('are those that the installation chose', () => {
    expect(risksOf({ domains: [signed] }, {}, ['keys'])).toEqual([]);
  });
});
