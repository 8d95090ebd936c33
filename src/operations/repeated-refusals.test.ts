import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../store/index.ts';
import { RepeatedRefusals } from './repeated-refusals.ts';

const refusal = (fields: Partial<AuditEntry> = {}) => ({
  ...{ actor: 'eve', actorKind: 'session', address: '192.0.2.1', action: 'streams:kick', resource: 'app/d/live' },
  ...{ outcome: 'refused' as const, detail: { code: 'NOT_ALLOWED' } },
  ...fields,
});

function world() {
  const written: Omit<AuditEntry, 'atMs'>[] = [];
  let ring = () => {};
  const after = (_ms: number, callback: () => void) => {
    ring = callback;
    return () => {};
  };
  const refusals = new RepeatedRefusals({ after }, (entry) => written.push(entry));
  return { refusals, written, minuteOver: () => ring() };
}

describe('RepeatedRefusals', () => {
  it('writes the first of each kind, and after a minute how often it came again', () => {
    const { refusals, written, minuteOver } = world();
    for (let index = 0; index < 1000; index++) refusals.record(refusal());
    refusals.record(refusal({ action: 'blocks:write' }));
    refusals.record(refusal({ actor: 'mallory' }));
    refusals.record(refusal({ detail: { code: 'DENIED' } }));
    expect(written).toHaveLength(4);
    minuteOver();
    expect(written.slice(4)).toEqual([refusal({ detail: { code: 'NOT_ALLOWED', again: 999 } })]);
    refusals.record(refusal());
    expect(written.at(-1)).toEqual(refusal());
    minuteOver();
    expect(written).toHaveLength(6);
  });

  it('names no resource for many', () => {
    const { refusals, written } = world();
    for (const app of ['a', 'b', 'c']) refusals.record(refusal({ resource: `app/d/${app}` }));
    refusals.close();
    expect(written.map(({ resource, detail }) => [resource, detail.again])).toEqual([
      ['app/d/a', undefined],
      ['*', 2],
    ]);
  });

  it('writes what was done each time', () => {
    const { refusals, written } = world();
    for (let index = 0; index < 3; index++) refusals.record(refusal({ outcome: 'done' }));
    expect(written).toHaveLength(3);
  });

  it('keeps no more kinds than it may, and loses no count', () => {
    const { refusals, written } = world();
    for (let round = 0; round < 2; round++) {
      for (let index = 0; index < 10_001; index++) refusals.record(refusal({ actor: String(index) }));
    }
    refusals.close();
    const counted = written.reduce((sum, { detail }) => sum + (typeof detail.again === 'number' ? detail.again : 1), 0);
    expect(counted).toBe(20_002);
  });
});
