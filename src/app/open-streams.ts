import { hostname } from 'node:os';
import { Access, ClientAddresses, ViewerSessions } from '../access/index.ts';
import type { Config } from '../config/index.ts';
import { Registry, type StreamId } from '../live/index.ts';
import type { Logger } from '../log/index.ts';
import { Publishers, viewerLimits } from '../operations/index.ts';
import { Feeds } from '../packager/index.ts';
import { Packagers } from '../server/playback/index.ts';
import { RTMP_CHUNK_SIZE, RTMP_MESSAGE_STREAM_ID } from '../server/rtmp/index.ts';
import type { Base } from './base.ts';
import { type CountryLookup, openCountryLookup } from './country-lookup.ts';
import { EventFlow } from './event-flow.ts';
import { observeMediaTimings } from './media-timings.ts';
import { openLadders } from './open-ladders.ts';
import { openSnapshots } from './open-snapshots.ts';
import type { State } from './open-state.ts';
import { sampleMetrics } from './sample-metrics.ts';
import { trackSegmentNumbers } from './segment-numbers.ts';
import { watchHealth } from './watch-health.ts';

function openCountries(config: Config, log: Logger): Promise<CountryLookup> {
  const fields = { file: config.countryDatabase };
  return openCountryLookup(config, {
    onLoaded: () => log.info(fields, 'country database loaded'),
    onRefused: (error) => log.error({ ...fields, error }, 'country database refused, the one before it stays'),
  });
}

/** The running streams, who may reach them, and those who hear of them. */
export async function openStreams(base: Base, state: State) {
  const { config, log, clock, metrics, closer } = base;
  const { secrets, marks, store, outbox, rules, settingsOf } = state;
  const registry = new Registry({
    clock,
    maxHeldRequests: config.limits.blockingRequests || Number.POSITIVE_INFINITY,
    onReaderError: (error, id) => log.error({ error, ...id }, 'stream reader failed and was detached'),
  });
  /** A rendition's rules are its parent's. */
  const ruledBy = (id: StreamId) => settingsOf(registry.ownerOf(id));
  const publishers = new Publishers(clock);
  const { countryOf } = closer.add('country database', await openCountries(config, log));
  const sessionTokenKeys = { current: Buffer.from(secrets.sessionTokenKey) };
  const lookup = countryOf ? { countryOf } : {};
  const access = closer.add('access', new Access({ rules, nowMs: clock.wallMs, sessionTokenKeys, ...lookup }));
  const sessions = new ViewerSessions({ limitsOf: (session) => viewerLimits(rules(), session) });
  const clients = new ClientAddresses({ trustedProxies: config.trustedProxies });
  const feeds = new Feeds({
    clock,
    settingsOf: (stream) => ruledBy(stream.id).delivery,
    rtmpChunkSize: RTMP_CHUNK_SIZE,
    rtmpMessageStreamId: RTMP_MESSAGE_STREAM_ID,
  });
  const packagers = closer.add(
    'packagers',
    new Packagers({ clock, registry, maxBytes: config.limits.hlsBytes, settingsOf: (id) => ruledBy(id).hls }),
  );
  const node = { nodeId: secrets.nodeId, nodeName: config.nodeName ?? hostname() };
  const told = { clock, log, metrics, rules, publishers, store, outbox, ...node };
  const events = closer.add('events', await EventFlow.open(told));
  registry.listen(events);
  observeMediaTimings(registry, metrics);
  closer.add('health', watchHealth(registry, publishers, log));
  closer.add('metrics', sampleMetrics({ metrics, registry, sessions, publishers, feeds, packagers, store, outbox }));
  registry.listen({ unpublished: ({ publisher }) => publishers.remove(publisher.sessionId) });
  trackSegmentNumbers(registry, marks);
  const snapshots = openSnapshots(base, state, registry);
  const ladders = await openLadders(base, state, { registry, publishers, sessions });
  return { registry, publishers, access, sessions, clients, feeds, packagers, events, ladders, snapshots };
}

export type Streams = Awaited<ReturnType<typeof openStreams>>;
