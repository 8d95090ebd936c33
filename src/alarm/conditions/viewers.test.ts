import { expect, it } from 'vitest';
import { viewers } from './viewers.ts';

function look(refusals: () => ReadonlyMap<string, number>, nowMs: () => number) {
  const joins = () => undefined;
  const limits = { slowestJoinSeconds: () => 3, mostRefusals: () => 20, joinHoldMs: () => 1000 };
  return viewers({ node: 'one', joins, refusals, nowMs, ...limits }).look;
}

it('FORBIDDEN_SPIKE counts each domain by itself, within a minute', () => {
  const totals = new Map<string, number>();
  let now = 0;
  const spikes = look(
    () => totals,
    () => now,
  );
  expect(spikes()).toEqual([]);
  totals.set('a.example', 15).set('b.example', 15);
  expect(spikes()).toEqual([]);
  totals.set('a.example', 21);
  expect(spikes()).toMatchObject([
    { code: 'FORBIDDEN_SPIKE', subject: { kind: 'domain', name: 'a.example', domain: 'a.example' } },
  ]);
  for (; now < 59_000; now += 5000) spikes();
  totals.set('b.example', 22);
  expect(spikes()?.map(({ subject }) => subject.name)).toEqual(['a.example', 'b.example']);
  for (; now < 180_000; now += 5000) spikes();
  expect(spikes()).toEqual([]);
});
