import { z } from 'zod';
import type { ViewerSessions } from '../access/index.ts';
import { SERVER } from '../identity/index.ts';
import type { Registry } from '../live/index.ts';
import type { Metrics } from '../metrics/index.ts';
import { type Operation, operation } from './base/index.ts';
import { nodeQuery } from './node-operations.ts';
import { time } from './schemas.ts';

const traffic = z
  .strictObject({
    at: time,
    streams: z.int().describe('Published ones; renditions are not counted'),
    viewers: z.strictObject({ flv: z.int(), wsFlv: z.int(), rtmp: z.int(), hls: z.int() }),
    ingestBytes: z.number().describe('Of media, since the start of the server: two answers give a rate'),
    egressBytes: z.number().describe('Of media, since the start of the server'),
  })
  .meta({ id: 'Traffic' });

/** What passes through this node. */
export type Traffic = z.input<typeof traffic>;

export type TrafficSources = {
  readonly wallMs: () => number;
  readonly registry: Pick<Registry, 'streams'>;
  readonly sessions: Pick<ViewerSessions, 'protocolCounts'>;
  readonly metrics: Pick<Metrics, 'ingestBytes' | 'deliveredBytes'>;
};

/** `GET /traffic`. */
export function trafficOperations(now: () => Promise<Traffic>): readonly Operation[] {
  return [
    operation({
      ...{ at: 'node', name: 'getTraffic', area: 'Server', method: 'get', path: '/traffic', action: 'health:read' },
      summary: 'What passes through a node, cheap enough to be asked every other second',
      resource: () => SERVER,
      query: nodeQuery,
      answer: traffic,
      run: now,
    }),
  ];
}

export async function trafficNow({ wallMs, registry, sessions, metrics }: TrafficSources): Promise<Traffic> {
  const counts = sessions.protocolCounts();
  const [ingest, egress] = await Promise.all([metrics.ingestBytes.get(), metrics.deliveredBytes.get()]);
  const total = ({ values }: { readonly values: readonly { readonly value: number }[] }) =>
    values.reduce((sum, { value }) => sum + value, 0);
  return {
    at: new Date(wallMs()).toISOString(),
    streams: [...registry.streams()].filter(({ state }) => state !== 'ended').length,
    viewers: {
      flv: counts.get('flv') ?? 0,
      wsFlv: counts.get('ws-flv') ?? 0,
      rtmp: counts.get('rtmp') ?? 0,
      hls: counts.get('hls') ?? 0,
    },
    ingestBytes: total(ingest),
    egressBytes: total(egress),
  };
}
