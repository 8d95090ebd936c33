import { describe, expect, it } from 'vitest';
import { TrafficMeter } from '../access/index.ts';
import type { StreamId } from '../live/index.ts';
import { CompiledRules, type RulesInput, rulesSchema } from '../rules/index.ts';
import { Capacity } from './capacity.ts';
import { limitOperations } from './limit-operations.ts';
import { type PublisherInfo, Publishers, type PublishingState } from './publishers.ts';

const id = (name: string, domain = 'default', app = 'live'): StreamId => ({ domain, app, name });

type Domain = NonNullable<RulesInput['domains']>[number];

function world(domain: Omit<Domain, 'name'>) {
  const rules = new CompiledRules(rulesSchema.parse({ domains: [{ name: 'default', ...domain }, { name: 'b.test' }] }));
  const publishers = new Publishers({ nowMs: () => 0, wallMs: () => 0, after: () => () => {} });
  const add = (of: StreamId, address: string) => {
    const sessionId = `${of.domain} ${of.app} ${of.name}`;
    publishers.add({ sessionId, id: of, address } as PublisherInfo);
    const measured = { videoKbps: 1800, audioKbps: 200 };
    publishers.attach(sessionId, { ingest: { meter: { measure: () => measured } } } as unknown as PublishingState);
  };
  add(id('one'), '192.0.2.1');
  add(id('two'), '2001:db8::1');
  add(id('one', 'b.test'), '192.0.2.1');
  add(id('one', 'default', 'other'), '192.0.2.77');
  const encoded: StreamId[] = [id('one'), id('one'), id('one', 'b.test')];
  const traffic = new TrafficMeter();
  const capacity = new Capacity({
    ...{ publishers, traffic, rules: () => rules, encoded: () => encoded, nowMs: () => 0 },
    sessions: () => ({ domainCount: () => 5, appCount: () => 3 }),
  });
  return { capacity, traffic, rules: () => rules };
}

describe('Capacity.publisherObstacle', () => {
  const reached = (limit: number) => `limit of ${limit} publishers reached`;
  it.each<[string, Omit<Domain, 'name'>, StreamId, string, string | undefined]>([
    ['no limit', {}, id('three'), '192.0.2.1', undefined],
    ['room in the domain', { limits: { publishers: 4 } }, id('three'), '192.0.2.1', undefined],
    ['a full domain', { limits: { publishers: 3 } }, id('three'), '192.0.2.9', reached(3)],
    ['a full domain, for one that is there', { limits: { publishers: 3 } }, id('two'), '192.0.2.9', undefined],
    ['a full domain, for another one', { limits: { publishers: 3 } }, id('x', 'b.test'), '192.0.2.9', undefined],
    ['an address with one', { limits: { publishersPerAddress: 1 } }, id('three'), '192.0.2.1', reached(1)],
    [
      'an address with one, which it replaces',
      { limits: { publishersPerAddress: 1 } },
      id('one'),
      '192.0.2.1',
      undefined,
    ],
    ['a neighbour in an IPv6 network', { limits: { publishersPerAddress: 1 } }, id('three'), '2001:db8::2', reached(1)],
    ['an address with none', { limits: { publishersPerAddress: 1 } }, id('three'), '192.0.2.2', undefined],
    [
      'a full app',
      { apps: [{ app: 'live', limits: { publishers: 2 } }] },
      id('three'),
      '::1',
      `${reached(2)} in the app live`,
    ],
    [
      'a full app, for another',
      { apps: [{ app: 'l*', limits: { publishers: 2 } }] },
      id('x', 'default', 'a'),
      '::1',
      undefined,
    ],
    [
      'a full app with an entry that is more specific',
      {
        apps: [
          { app: 'live', limits: {} },
          { app: '*', limits: { publishers: 1 } },
        ],
      },
      ...([id('three'), '::1', undefined] as const),
    ],
    [
      'a domain that takes in enough',
      { limits: { ingestMbps: 6 } },
      ...([
        id('three'),
        '::1',
        'the domain default takes in 6.0 of 6 Mb/s; end another stream, or raise limits.ingestMbps',
      ] as const),
    ],
    ['a domain that takes in less', { limits: { ingestMbps: 6.1 } }, id('three'), '::1', undefined],
    [
      'an app that takes in enough',
      { apps: [{ limits: { ingestMbps: 4 } }] },
      ...([
        id('three'),
        '::1',
        'the app live takes in 4.0 of 4 Mb/s; end another stream, or raise limits.ingestMbps',
      ] as const),
    ],
  ])('with %s', (_, domain, of, address, expected) => {
    expect(world(domain).capacity.publisherObstacle(of, address)?.reason).toBe(expected);
  });
});

describe('Capacity', () => {
  it('lets nobody more be sent anything where the domain or the app sends enough', () => {
    const { capacity, traffic } = world({
      limits: { egressMbps: 10 },
      apps: [{ app: 'live', limits: { egressMbps: 5 } }],
    });
    const send = (app: string, megabits: number) => {
      traffic.of({ domain: 'default', app }).bytes += (megabits * 1e6) / 8;
    };
    traffic.of({ domain: 'default', app: 'live' });
    traffic.of({ domain: 'default', app: 'other' });
    traffic.sample(0);
    send('live', 4);
    traffic.sample(1000);
    expect(capacity.egressOverrun({ domain: 'default', app: 'live' })).toBeUndefined();
    send('live', 8);
    traffic.sample(2000);
    expect(capacity.egressOverrun({ domain: 'default', app: 'live' })).toBe(
      'the app live sends 6.0 of 5 Mb/s to viewers',
    );
    expect(capacity.egressOverrun({ domain: 'default', app: 'other' })).toBeUndefined();
    send('other', 20);
    traffic.sample(3000);
    expect(capacity.egressOverrun({ domain: 'default', app: 'other' })).toBe(
      'the domain default sends 10.7 of 10 Mb/s to viewers',
    );
    traffic.sample(9000);
    expect(capacity.egressOverrun({ domain: 'default', app: 'live' })).toBeUndefined();
  });

  it('counts renditions with those that are about to be begun', () => {
    const { capacity } = world({ limits: { transcodes: 4 }, apps: [{ app: 'live', limits: { transcodes: 3 } }] });
    expect(capacity.transcodeOverrun(id('two'), 0)).toBeUndefined();
    expect(capacity.transcodeOverrun(id('two'), 1)).toBe(
      'the app live has its limit of 3 renditions that are encoded at once',
    );
    expect(capacity.transcodeOverrun(id('two', 'default', 'other'), 2)).toMatch(
      'the domain default has its limit of 4',
    );
    expect(capacity.transcodeOverrun(id('two', 'b.test'), 100)).toBeUndefined();
  });

  it('tells what is used, to those who may see it', async () => {
    const given = world({ limits: { publishers: 9 }, apps: [{ app: 'idle', limits: { viewers: 7 } }] });
    const [list] = limitOperations(given);
    const call = {
      query: { limit: 100 },
      permits: (of: { domain?: string; app?: string }) => of.domain === 'default' && of.app !== 'other',
    };
    const { limits } = (await list!.run(call as never)) as { limits: { app?: string }[] };
    expect(limits.map(({ app }) => app)).toEqual([undefined, 'idle', 'live']);
    expect(limits[0]).toEqual({
      domain: 'default',
      publishers: { used: 3, limit: 9 },
      viewers: { used: 5 },
      transcodes: { used: 2 },
      ingestMbps: { used: 6 },
      egressMbps: { used: 0 },
    });
    expect(limits[1]).toMatchObject({ viewers: { used: 3, limit: 7 }, publishers: { used: 0 } });
  });
});
