import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SessionTokens } from './session-token.ts';

const key = (fill: number) => new Uint8Array(32).fill(fill);
const bound = { domain: 'play.example.com', app: 'live', stream: 'demo' };
const issuedAtMs = 1_740_562_218_000;
const grant = { ...bound, sessionId: 's-1', uid: 'u 1', issuedAtMs, expiresAtMs: issuedAtMs + 60_500 };

describe('SessionTokens', () => {
  const tokens = new SessionTokens({ current: key(1) });

  it('gives back what was granted, until the second after it ends', () => {
    const token = tokens.issue(grant);
    const expiresAtMs = issuedAtMs + 61_000;
    const session = { ok: true, sessionId: 's-1', uid: 'u 1', issuedAtMs, expiresAtMs };
    expect(tokens.verify(token, bound, expiresAtMs)).toEqual(session);
    expect(tokens.verify(token, bound, expiresAtMs + 1)).toEqual({ ok: false, reason: 'expired' });
    const { uid: _, ...nameless } = grant;
    expect(tokens.verify(tokens.issue(nameless), bound, issuedAtMs)).not.toHaveProperty('uid');
  });

  it.each([
    ['another domain', { domain: 'other.example.com' }],
    ['another app', { app: 'live2' }],
    ['another stream', { stream: 'demo2' }],
    ['a rendition', { stream: 'demo_lld' }],
    ['a rendition whose parent is known', { stream: 'demo_lld', parent: 'demo' }],
    ['an app of two segments', { app: 'live/demo', stream: 'demo' }],
  ])('is bound: %s', (_, other) => {
    const result = tokens.verify(tokens.issue(grant), { ...bound, ...other }, issuedAtMs);
    expect(result).toEqual({ ok: false, reason: 'mismatch' });
  });

  it('does not take the end of an app for the start of a stream', () => {
    const token = tokens.issue({ ...grant, app: 'prod/event', stream: 'demo' });
    expect(tokens.verify(token, { ...bound, app: 'prod/event' }, issuedAtMs).ok).toBe(true);
    expect(tokens.verify(token, { ...bound, app: 'prod', stream: 'event/demo' }, issuedAtMs).ok).toBe(false);
  });

  it('accepts the previous key and no other', () => {
    const token = tokens.issue(grant);
    const rotated = new SessionTokens({ current: key(2), previous: key(1) });
    expect(rotated.verify(token, bound, issuedAtMs).ok).toBe(true);
    expect(tokens.verify(rotated.issue(grant), bound, issuedAtMs).ok).toBe(false);
    expect(new SessionTokens({ current: key(2) }).verify(token, bound, issuedAtMs).ok).toBe(false);
  });

  it('is one unreserved path segment, and no character of it can be changed', () => {
    const names = fc.string({
      unit: fc.constantFrom('a', '_', '"', ' ', 'é', '語', '\u{1f600}', '\n'),
      minLength: 1,
      maxLength: 40,
    });
    const ids = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
    fc.assert(
      fc.property(names, ids, names, fc.nat(), fc.constantFrom(...'aAzZ09-_.'), (stream, sessionId, uid, at, other) => {
        const token = tokens.issue({ ...grant, stream, sessionId, uid });
        expect(token).toMatch(/^[A-Za-z0-9._-]+$/);
        expect(tokens.verify(token, { ...bound, stream }, issuedAtMs)).toMatchObject({ ok: true, sessionId });
        const index = at % token.length;
        const changed = token.slice(0, index) + other + token.slice(index + 1);
        expect(tokens.verify(changed, { ...bound, stream }, issuedAtMs).ok).toBe(changed === token);
      }),
    );
  });

  it.each(['', '.', '....', 's1.2.x..short', `s1.2.x..${'A'.repeat(23)}`, 's'.repeat(5000)])(
    '%j is malformed',
    (text) => {
      expect(tokens.verify(text, bound, 0)).toEqual({ ok: false, reason: 'malformed' });
    },
  );

  it('takes no weak key and no session id that could be read two ways', () => {
    expect(() => new SessionTokens({ current: new Uint8Array(8) })).toThrow(RangeError);
    expect(() => tokens.issue({ ...grant, sessionId: 'a.b' })).toThrow(RangeError);
  });
});
