import { describe, expect, it } from 'vitest';
import type { StreamId } from '../live/index.ts';
import { CompiledRules, rulesSchema } from '../rules/index.ts';
import { publisherLimit } from './live-operations.ts';
import { type PublisherInfo, Publishers } from './publishers.ts';

const id = (name: string, domain = 'default'): StreamId => ({ domain, app: 'live', name });

function world(limits: { publishers?: number; publishersPerAddress?: number }) {
  const rules = new CompiledRules(rulesSchema.parse({ domains: [{ name: 'default', limits }, { name: 'b.test' }] }));
  const publishers = new Publishers({ nowMs: () => 0, wallMs: () => 0, after: () => () => {} });
  const add = (of: StreamId, address: string) =>
    publishers.add({ sessionId: `${of.domain} ${of.name}`, id: of, address } as PublisherInfo);
  add(id('one'), '192.0.2.1');
  add(id('two'), '2001:db8::1');
  add(id('one', 'b.test'), '192.0.2.1');
  return (of: StreamId, address: string) => publisherLimit(rules, publishers, of, address)?.limit;
}

describe('publisherLimit', () => {
  it.each([
    ['no limit', {}, id('three'), '192.0.2.1', undefined],
    ['room in the domain', { publishers: 3 }, id('three'), '192.0.2.1', undefined],
    ['a full domain', { publishers: 2 }, id('three'), '192.0.2.9', 2],
    ['a full domain, for one that is there', { publishers: 2 }, id('two'), '192.0.2.9', undefined],
    ['a full domain, for another one', { publishers: 2 }, id('three', 'b.test'), '192.0.2.9', undefined],
    ['an address with one', { publishersPerAddress: 1 }, id('three'), '192.0.2.1', 1],
    ['an address with one, which it replaces', { publishersPerAddress: 1 }, id('one'), '192.0.2.1', undefined],
    ['a neighbour in an IPv6 network', { publishersPerAddress: 1 }, id('three'), '2001:db8::2', 1],
    ['an address with none', { publishersPerAddress: 1 }, id('three'), '192.0.2.2', undefined],
  ])('with %s', (_, limits, of, address, expected) => expect(world(limits)(of, address)).toBe(expected));
});
