import { describe, expect, it } from 'vitest';
import { HIDDEN, HIDDEN_URL, hideSecrets, restoreSecrets, secretsOf } from './rule-secrets.ts';

const KEYS = ['key-of-push', 'key-of-old', 'key-of-hook', 'https://user:word@auth.test/'];
const [push, old, hook, url] = KEYS as [string, string, string, string];
const domain = {
  name: 'a.test',
  aliases: ['b.test', { name: 'c.test', key: old }],
  push: { auth: { type: 'type_a', key1: push }, remoteAuth: { url } },
};
const rule = { match: {}, snapshot: { moderation: { url: 'https://hook.test/', key: hook } } };
const document = { domains: [domain], streams: [rule] };

describe('secrets of rules', () => {
  it('are found and hidden wherever they stand, and nothing else is', () => {
    expect([...secretsOf(document)].sort()).toEqual([...KEYS].sort());
    expect(hideSecrets(document)).toEqual({
      domains: [
        {
          name: 'a.test',
          aliases: ['b.test', { name: 'c.test', key: HIDDEN }],
          push: { auth: { type: 'type_a', key1: HIDDEN }, remoteAuth: { url: HIDDEN_URL } },
        },
      ],
      streams: [{ match: {}, snapshot: { moderation: { url: 'https://hook.test/', key: HIDDEN } } }],
    });
  });

  it('are put back where they were hidden, in lists by name', () => {
    const hidden = hideSecrets(domain);
    const moved = { ...hidden, aliases: hidden.aliases.toReversed() };
    expect(restoreSecrets(moved, domain)).toEqual({
      value: { ...domain, aliases: domain.aliases.toReversed() },
      missing: [],
    });
  });

  it('are not sent on to another place by whoever may not see them', () => {
    const transfer = { name: 't', destinations: [{ name: 'one', url: 'rtmp://a.test/app', key: 'stream-key' }] };
    const hidden = hideSecrets(transfer);
    expect(restoreSecrets(hidden, transfer)).toEqual({ value: transfer, missing: [] });
    const elsewhere = { ...hidden, destinations: [{ ...hidden.destinations[0], url: 'rtmp://thief.test/app' }] };
    expect(restoreSecrets(elsewhere, transfer)).toMatchObject({ missing: [['destinations', 0, 'key']] });
  });

  it('hide where streams are fetched from, as that may carry a key', () => {
    const pull = { name: 'p', sources: [{ url: 'rtsp://user:word@cam.test/1' }] };
    expect(hideSecrets(pull)).toEqual({ name: 'p', sources: [{ url: HIDDEN_URL }] });
    expect(restoreSecrets(hideSecrets(pull), pull)).toEqual({ value: pull, missing: [] });
  });

  it('are missed where none is stored, and changed where another is given', () => {
    const { push: _, ...without } = domain;
    const given = { ...hideSecrets(domain), aliases: [{ name: 'c.test', key: 'another-key' }] };
    expect(restoreSecrets(given, without)).toMatchObject({
      value: { aliases: [{ key: 'another-key' }] },
      missing: [
        ['push', 'auth', 'key1'],
        ['push', 'remoteAuth', 'url'],
      ],
    });
  });
});
