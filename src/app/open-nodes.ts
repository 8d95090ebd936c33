import type { RequestListener } from 'node:http';
import { hostname } from 'node:os';
import { streamOfNames } from '../cluster/index.ts';
import type { StreamId } from '../live/index.ts';
import {
  AllStreams,
  ForwardedCalls,
  findStream,
  type IdentityDoor,
  listStreams,
  type NodeFacts,
  type NodeListDoor,
  type Operation,
  type OtherNodes,
  type PublicAddresses,
  recently,
  type StreamSources,
  watchedNames,
} from '../operations/index.ts';
import type { FileHolders } from '../server/api/index.ts';
import type { Base } from './base.ts';
import { countChanges } from './count-changes.ts';
import type { State } from './open-state.ts';
import type { Streams } from './open-streams.ts';
import { VERSION } from './package-root.ts';

/** A picture may have to be decoded first. */
const PICTURE_MS = 5000;

/** What operators see of all nodes, and what this one answers to the others. */
export function openNodes(
  base: Base,
  state: State,
  streams: Streams,
  sources: StreamSources,
  addresses: PublicAddresses,
) {
  const { config, clock } = base;
  const { registry, sessions, cluster } = streams;
  const self = cluster?.self ?? { nodeId: state.secrets.nodeId, name: config.nodeName ?? hostname() };
  const all = new AllStreams({
    own: recently({ make: () => listStreams(sources), nowMs: clock.nowMs, changes: countChanges(registry) }),
    findOwn: (id) => findStream(sources, id),
    isCopy: (id) => registry.find(id)?.isCopy === true,
    watched: () => watchedNames(sessions),
    addresses: () => addresses,
    nowMs: clock.nowMs,
    others: cluster && { self: self.name, peers: cluster.peers },
  });
  const facts = factsOf(base, streams);
  const nodes: NodeListDoor = { self, facts, wallMs: clock.wallMs, others: cluster };
  const otherNodes: (OtherNodes & FileHolders) | undefined = cluster && { self, peers: cluster.peers };
  if (cluster) {
    const { questions } = cluster;
    questions.on('GET node', facts);
    questions.on('GET streams', ({ names }) => {
      if (names.length === 0) return all.tell();
      const id = streamOfNames(names);
      return id && all.tellOf(id);
    });
    questions.on('GET pictures', async ({ names }) => {
      const id = streamOfNames(names);
      const picture = id && (await streams.pictureOf(id));
      return picture && { atWallMs: picture.atWallMs, jpeg: Buffer.from(picture.jpeg).toString('base64') };
    });
  }
  const pictureOf = async (id: StreamId) => (await streams.pictureOf(id)) ?? (await pictureElsewhere(streams, id));
  return { all, nodes, otherNodes, pictureOf };
}

/** Of a stream that another node has. */
async function pictureElsewhere({ cluster }: Pick<Streams, 'cluster'>, { domain, app, name }: StreamId) {
  const owner = await cluster?.peers.ownerOf({ domain, app, name });
  if (!cluster || !owner) return undefined;
  const bytes = await cluster.peers.ask(owner, { path: ['pictures', domain, app, name], timeoutMs: PICTURE_MS });
  if (!bytes) return undefined;
  const { atWallMs, jpeg } = JSON.parse(bytes.toString()) as { readonly atWallMs: number; readonly jpeg: string };
  return { atWallMs, jpeg: Buffer.from(jpeg, 'base64') };
}

/** Does what other nodes forward, and sends them files, from now on. */
export function answerForwarded(
  { cluster }: Pick<Streams, 'cluster'>,
  options: {
    readonly operations: readonly Operation[];
    readonly audit: IdentityDoor['audit'];
    readonly files: RequestListener;
  },
): void {
  const calls = new ForwardedCalls(options);
  cluster?.questions.exchange('files', options.files);
  cluster?.questions.on('POST operations', ({ body, signal }) => calls.run(body, signal));
}

function factsOf({ clock }: Base, { registry, sessions, limits }: Streams): () => NodeFacts {
  const startedAt = new Date(clock.wallMs()).toISOString();
  const { governor, drain } = limits;
  return () => {
    const cpu = governor.pressures.find(({ resource }) => resource === 'cpu');
    const { state, untilWallMs, publishers, viewers } = drain.drain.left();
    return {
      ...{ version: VERSION, startedAt, viewers: sessions.size },
      streams: [...registry.streams()].filter((each) => each.state !== 'ended').length,
      load: {
        level: governor.level,
        ...(governor.reason !== undefined && { reason: governor.reason }),
        ...(cpu && { cpuPercent: Math.round(cpu.value) }),
      },
      drain: {
        state,
        ...(untilWallMs !== undefined && { until: new Date(untilWallMs).toISOString() }),
        publishers: { atStart: publishers.atStart, left: publishers.left },
        viewers,
      },
    };
  };
}
