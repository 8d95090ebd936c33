import { describe, expect, it } from 'vitest';
import { type PlayGrant, PlayTokens } from './play-token.ts';

const keys = { current: Buffer.alloc(16, 1) };
const tokens = new PlayTokens(keys);
const asset = '0123456789abcdef0123456789abcdef';
const grant: PlayGrant = { kind: 'auth', asset, viewer: 'ann', issuedAtMs: 1000, expiresAtMs: 5000 };

describe('play tokens', () => {
  it('say what they were issued with, in characters that are good for URLs', () => {
    const full: PlayGrant = {
      ...{ ...grant, kind: 'session', viewer: '李 雷/?&' },
      ...{ address: '192.0.2.1', domain: 'play.example.com', previewSeconds: 30.5, isReview: true },
    };
    for (const each of [grant, full]) {
      const token = tokens.issue(each);
      expect(token).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(tokens.read(token, 5000)).toEqual({ ok: true, grant: each });
    }
  });

  it('expire, and are nothing when changed anywhere, or under another key', () => {
    const token = tokens.issue(grant);
    expect(tokens.read(token, 5001)).toEqual({ ok: false, reason: 'expired' });
    for (let at = 0; at < token.length; at++) {
      const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
      expect(tokens.read(changed, 2000), String(at)).toEqual({ ok: false, reason: 'malformed' });
    }
    expect(new PlayTokens({ current: Buffer.alloc(16, 2) }).read(token, 2000).ok).toBe(false);
    for (const bad of ['', 'x', `${token}A`, token.slice(1), 'A'.repeat(2000)]) {
      expect(tokens.read(bad, 2000)).toEqual({ ok: false, reason: 'malformed' });
    }
  });

  it('stay good under the key before, until they expire', () => {
    const later = new PlayTokens({ current: Buffer.alloc(16, 2), previous: keys.current });
    expect(later.read(tokens.issue(grant), 2000).ok).toBe(true);
  });

  it('seal parts of files for one token', () => {
    const seal = tokens.seal('t', 'a/1.ts\n');
    expect(tokens.isSealed('t', 'a/1.ts\n', seal)).toBe(true);
    expect(tokens.isSealed('t', 'a/2.ts\n', seal)).toBe(false);
    expect(tokens.isSealed('u', 'a/1.ts\n', seal)).toBe(false);
    expect(tokens.isSealed('t', 'a/1.ts\n', '')).toBe(false);
  });
});
