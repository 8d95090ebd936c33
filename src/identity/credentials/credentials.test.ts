import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase32, encodeBase32 } from './base32.ts';
import { BusyError, Passwords, passwordProblem } from './password.ts';
import { newRecoveryCodes, recoveryHash } from './recovery-codes.ts';
import { newTotpSecret, totpCode, totpStep, totpStepOf, totpUri } from './totp.ts';

const cheap = () => new Passwords({ log2N: 4, p: 1 });

describe('Passwords', () => {
  it('verifies what it hashed, which differs each time', async () => {
    const passwords = cheap();
    const hash = await passwords.hash('a long password');
    expect(hash).toMatch(/^scrypt\$4\$8\$1\$/);
    expect(await passwords.hash('a long password')).not.toBe(hash);
    expect(await cheap().verify('a long password', hash)).toBe(true);
    expect(await cheap().verify('a long passwort', hash)).toBe(false);
  });

  it('costs 32 MiB three times where nothing else is said', async () => {
    expect(await new Passwords().hash('a long password')).toMatch(/^scrypt\$15\$8\$3\$/);
  });

  it.each([null, '', 'plain', 'scrypt$4$8$1$$', 'scrypt$4$8$1$AAAA$AAAA'])(
    'verifies nothing against %j',
    async (hash) => {
      expect(await cheap().verify('', hash)).toBe(false);
    },
  );

  it('knows a password again without hashing, and only against the same hash', async () => {
    const passwords = cheap();
    const [hash, other] = [await passwords.hash('a long password'), await passwords.hash('a long password')];
    expect(passwords.isKnown('a long password', hash)).toBe(false);
    await passwords.verify('a long password', hash);
    expect(passwords.isKnown('a long password', hash)).toBe(true);
    expect(passwords.isKnown('a long passwort', hash)).toBe(false);
    expect(passwords.isKnown('a long password', other)).toBe(false);
  });

  it('turns away what would wait behind fifty others', async () => {
    const passwords = cheap();
    const results = await Promise.allSettled(Array.from({ length: 60 }, () => passwords.verify('x', null)));
    const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    expect(refused).toHaveLength(10);
    expect(refused.every((reason) => reason instanceof BusyError)).toBe(true);
    expect(await passwords.verify('x', null)).toBe(false);
  });
});

describe('passwordProblem', () => {
  it.each([
    ['short', /at least 12/],
    ['x'.repeat(257), /at most 256/],
    ['aaaaaaaaaaaab', /different/],
    ['the-Operator-1', /name of the user/],
    ['correct horse battery', undefined],
  ])('case %#', (password, problem) => {
    const found = passwordProblem(password, 'operator');
    if (problem === undefined) expect(found).toBeUndefined();
    else expect(found).toMatch(problem);
  });
});

describe('TOTP', () => {
  // RFC 6238 appendix B, SHA-1.
  const secret = encodeBase32(Buffer.from('12345678901234567890'));
  it.each([
    [59, '94287082'],
    [1_111_111_109, '07081804'],
    [1_111_111_111, '14050471'],
    [1_234_567_890, '89005924'],
    [2_000_000_000, '69279037'],
    [20_000_000_000, '65353130'],
  ])('at %d s is %s', (seconds, code) => {
    expect(totpCode(secret, totpStep(seconds * 1000), 8)).toBe(code);
    expect(totpStepOf(code.slice(2), secret, seconds * 1000)).toBe(Math.floor(seconds / 30));
  });

  it('takes a code one step early or late, no further, and each once', () => {
    const code = totpCode(secret, 1000);
    const at = (step: number, after?: number) => totpStepOf(code, secret, step * 30_000, after);
    expect([998, 999, 1000, 1001, 1002].map((step) => at(step))).toEqual([undefined, 1000, 1000, 1000, undefined]);
    expect([at(1000, 999), at(1000, 1000), at(1000, 1001)]).toEqual([1000, undefined, undefined]);
    for (const wrong of ['', '0', `${code}0`, ` ${code}`])
      expect(totpStepOf(wrong, secret, 30_000_000)).toBeUndefined();
  });

  it('is told to an authenticator program as it expects', () => {
    const made = newTotpSecret();
    expect(made).toMatch(/^[A-Z2-7]{32}$/);
    expect(totpUri(made, 'a b@c')).toBe(`otpauth://totp/Headwater:a%20b%40c?secret=${made}&issuer=Headwater`);
  });
});

describe('base32', () => {
  it.each([
    ['', ''],
    ['f', 'MY'],
    ['fo', 'MZXQ'],
    ['foo', 'MZXW6'],
    ['foob', 'MZXW6YQ'],
    ['fooba', 'MZXW6YTB'],
    ['foobar', 'MZXW6YTBOI'],
  ])('of %j is %s (RFC 4648 section 10)', (plain, text) => {
    expect(encodeBase32(Buffer.from(plain))).toBe(text);
  });

  it('comes back as it was', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(decodeBase32(encodeBase32(bytes))).toEqual(bytes);
      }),
    );
  });
});

describe('recovery codes', () => {
  it('are ten, all different, and found again however they are typed', () => {
    const codes = newRecoveryCodes();
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) {
      expect(code).toMatch(/^[a-z2-7]{4}(-[a-z2-7]{4}){3}$/);
      expect(recoveryHash(` ${code.toUpperCase().replaceAll('-', ' ')}`, 'u')).toBe(recoveryHash(code, 'u'));
      expect(recoveryHash(code, 'v')).not.toBe(recoveryHash(code, 'u'));
    }
  });
});
