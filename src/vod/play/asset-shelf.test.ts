import { describe, expect, it } from 'vitest';
import type { Asset } from '../index.ts';
import { AssetShelf, isRevoked } from './asset-shelf.ts';

function shelf() {
  const at = { nowMs: 0, asked: 0, isAway: false, has: true };
  const assets = {
    find: async () => {
      at.asked++;
      if (at.isAway) throw new Error('away');
      return at.has ? ({ id: 'a' } as Asset) : undefined;
    },
    files: async () => [],
  };
  const revocations = { of: async () => new Map<string, number>() };
  return { at, shelf: new AssetShelf({ assets, revocations, nowMs: () => at.nowMs }) };
}

describe('AssetShelf', () => {
  it('asks once for all who ask within two seconds, and again when told to', async () => {
    const { at, shelf: known } = shelf();
    await Promise.all([known.look('a'), known.look('a')]);
    expect(at.asked).toBe(1);
    at.nowMs = 1999;
    await known.look('a');
    expect(at.asked).toBe(1);
    at.nowMs = 2000;
    await known.look('a');
    expect(at.asked).toBe(2);
    known.forget('a');
    await known.look('a');
    expect(at.asked).toBe(3);
  });

  it('goes on with what it knew while the database is away, for an hour and not for ever', async () => {
    const { at, shelf: known } = shelf();
    await known.look('a');
    at.isAway = true;
    for (at.nowMs = 2000; at.nowMs < 3_600_000; at.nowMs += 60_000) {
      expect(await known.look('a')).toMatchObject({ asset: { id: 'a' } });
    }
    at.nowMs = 3_700_000;
    await expect(known.look('a')).rejects.toThrow('away');
    await expect(shelf().shelf.look('a')).resolves.toBeDefined();
    at.isAway = false;
    expect(await known.look('a')).toBeDefined();
  });

  it('remembers no absence', async () => {
    const { at, shelf: known } = shelf();
    at.has = false;
    expect(await known.look('a')).toBeUndefined();
    at.has = true;
    expect(await known.look('a')).toBeDefined();
  });
});

describe('isRevoked', () => {
  const of = (...revoked: [string, number][]) => ({ asset: {} as Asset, files: [], revoked: new Map(revoked) });
  it('is about one viewer, or about all', () => {
    expect(isRevoked(of(['ann', 5]), 'ann', 5)).toBe(true);
    expect(isRevoked(of(['ann', 5]), 'ann', 6)).toBe(false);
    expect(isRevoked(of(['ann', 5]), 'bob', 1)).toBe(false);
    expect(isRevoked(of(['', 5]), 'bob', 5)).toBe(true);
  });
});
