import { describe, expect, it } from 'vitest';
import { changesBetween, fieldChanges, withChanges } from './rule-changes.ts';
import { HIDDEN } from './rule-secrets.ts';
import { halfSchema } from './rules-half.ts';

const half = (document: unknown) => halfSchema.parse(document);
const before = half({
  domains: [{ name: 'a.test', play: { auth: { type: 'type_a', key1: 'key-of-a' } } }, { name: 'b.test' }],
  streams: [
    { match: { app: 'x' }, hls: { partMs: 200 } },
    { match: { app: 'x' }, hls: { partMs: 300 } },
  ],
});
const after = half({
  domains: [
    { name: 'c.test' },
    { name: 'a.test', play: { auth: { type: 'type_a', key1: 'key-anew' } }, limits: { viewers: 3 } },
  ],
  streams: [
    { match: { app: 'x' }, hls: { partMs: 200 } },
    { match: { app: 'x' }, hls: { partMs: 400 } },
  ],
  unknownHosts: 'refuse',
});

describe('changesBetween', () => {
  const changes = changesBetween(before, after);

  it('names what changed by what it is, not by where it stands', () => {
    expect(changes.map(({ kind, identity }) => [kind, identity])).toEqual([
      ['domains', 'a.test'],
      ['domains', 'b.test'],
      ['domains', 'c.test'],
      ['streams', '* x * #2'],
      ['unknownHosts', ''],
    ]);
    expect(changesBetween(before, { ...before, domains: before.domains?.toReversed() })).toEqual([]);
  });

  it('says it field by field, with keys for whoever may see them', () => {
    const shown = (showsSecrets: boolean) => changes.flatMap((change) => fieldChanges(change, showsSecrets));
    expect(shown(true)).toMatchObject([
      { path: 'domains[a.test].play.auth.key1', before: 'key-of-a', after: 'key-anew' },
      { path: 'domains[a.test].limits.viewers', before: 0, after: 3 },
      { path: 'domains[b.test]', before: { name: 'b.test' }, after: null },
      { path: 'domains[c.test]', before: null, after: { name: 'c.test' } },
      { path: 'streams[* x * #2].hls.partMs', before: 300, after: 400 },
      { path: 'unknownHosts', before: null, after: 'refuse' },
    ]);
    expect(shown(false)[0]).toMatchObject({ before: HIDDEN, after: HIDDEN });
  });

  it('can be made in a document that changed elsewhere, and in no other', () => {
    expect(changesBetween(withChanges(before, changes) ?? before, after)).toEqual([]);
    const elsewhere = half({ ...before, templates: [{ name: 'mine' }] });
    expect(withChanges(elsewhere, changes)).toMatchObject({ templates: [{ name: 'mine' }], unknownHosts: 'refuse' });
    expect(withChanges(half({ ...before, domains: [{ name: 'a.test' }] }), changes)).toBeUndefined();
  });
});
