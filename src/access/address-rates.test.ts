import { describe, expect, it } from 'vitest';
import { AddressRates } from './address-rates.ts';

function rates(limit: number) {
  const at = { ms: 1000 };
  const isExempt = (address: string) => address === '127.0.0.1';
  return { at, counted: new AddressRates({ limit, windowMs: 60_000, nowMs: () => at.ms, isExempt }) };
}

describe('AddressRates', () => {
  it('lets so many in within a window, by address and by network of IPv6', () => {
    const { at, counted } = rates(2);
    const take = (address: string) => counted.take(address);
    expect(['192.0.2.1', '192.0.2.1', '192.0.2.1', '::ffff:192.0.2.1', '192.0.2.2'].map(take)).toEqual([
      ...[true, true, false, false, true],
    ]);
    expect(['2001:db8::1', '2001:db8::2', '2001:db8::3', '2001:db8:0:1::1'].map(take)).toEqual([
      ...[true, true, false, true],
    ]);
    expect([counted.isUsedUp('192.0.2.1'), counted.isUsedUp('192.0.2.2')]).toEqual([true, false]);
    at.ms += 60_000;
    expect([counted.isUsedUp('192.0.2.1'), take('192.0.2.1')]).toEqual([false, true]);
  });

  it('counts nobody who is exempt, and nobody where there is no limit', () => {
    const { counted } = rates(1);
    for (let i = 0; i < 5; i++) expect(counted.take('127.0.0.1')).toBe(true);
    const any = rates(0);
    for (let i = 0; i < 5; i++) expect(any.counted.take('192.0.2.1')).toBe(true);
  });

  it('remembers a bounded number of addresses', () => {
    const { counted } = rates(1);
    for (let i = 0; i < 60_000; i++) counted.take(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
    expect([counted.take('10.0.0.0'), counted.take('192.0.2.1'), counted.take('192.0.2.1')]).toEqual([
      false,
      true,
      true,
    ]);
  });
});
