import { describe, expect, it } from 'vitest';
import { HeldRequests } from './held-requests.ts';

describe('HeldRequests', () => {
  it('holds as many as it may, and others once those are gone', async () => {
    const held = new HeldRequests(1);
    const waits: ((value: boolean) => void)[] = [];
    const wait = () => new Promise<boolean>((resolve) => waits.push(resolve));
    const first = held.hold(wait);
    expect(await held.hold(wait)).toBe('full');
    waits[0]?.(true);
    expect(await first).toBe(true);
    await expect(held.hold(() => Promise.reject(new Error('lost')))).rejects.toThrow('lost');
    const third = held.hold(wait);
    waits[1]?.(false);
    expect(await third).toBe(false);
  });

  it('holds any number without a limit', async () => {
    const held = new HeldRequests(0);
    const all = Array.from({ length: 1000 }, () => held.hold(async () => true));
    expect(new Set(await Promise.all(all))).toEqual(new Set([true]));
  });
});
