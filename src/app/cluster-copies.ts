import {
  type Answered,
  askForStream,
  type NodePlace,
  nameable,
  Ownership,
  StreamCopies,
  type StreamCopiesOptions,
  standbyOf,
} from '../cluster/index.ts';
import type { Registry, StreamId } from '../live/index.ts';
import type { Base } from './base.ts';
import type { Members } from './cluster-members.ts';
import type { State } from './open-state.ts';
import { viewersOf } from './viewers-of.ts';

type Streams = Parameters<typeof viewersOf>[0] & { readonly registry: Registry };

/** Who publishes what, and the streams of others that are copied here. */
export function openCopies({ config, log, clock, metrics }: Base, state: State, streams: Streams, members: Members) {
  const { registry } = streams;
  const { table, nodes, self, onFailure } = members;
  const { nodeId } = self;
  const ownership = new Ownership({
    ...{ registry, clock, table, nodeId, onFailure },
    onChange: (id) => {
      copies.sourcesChanged(id);
      const owner = ownership.ownerOf(id);
      if (owner && nodes.addressOf(owner.nodeId) === undefined) void nodes.meet().then(() => copies.sourcesChanged(id));
    },
    onCeded: ({ nodeId: by, domain, app, name: stream, epoch }) => {
      metrics.copyEvents.inc({ event: 'ceded' });
      log.warn({ domain, app, stream, epoch, node: nodes.nameOf(by) }, 'stream is published by another node now');
    },
  });
  const copies: StreamCopies = new StreamCopies({
    ...{ registry, clock },
    viewersOf: viewersOf(streams),
    cacheOf: () => ({ maxBytes: config.limits.gopBytes, maxMs: config.limits.gopSeconds * 1000 }),
    waitMsOf: (id) => state.settingsOf(registry.ownerOf(id)).publish.waitSeconds * 1000,
    sourceOf: sourceBy(members, ownership),
    ...(config.cluster.standby === 'on' && { standbys: () => standbysHere(members, ownership) }),
    onPackaged: (id) => streams.packagers.keep(id),
    onReceived: (bytes) => metrics.copyBytes.inc({ direction: 'in' }, bytes),
    onTrouble: (id, trouble) => {
      metrics.copyEvents.inc({ event: 'failed' });
      log.info({ ...id, trouble }, 'copy of a stream is interrupted');
    },
  });
  return { ownership, copies };
}

/**
 * A stream comes from its owner, as the database told, or from who stands by for one that cannot be reached; without the
 * database, from whoever has it.
 */
function sourceBy({ nodes, self, table, placeOf }: Members, ownership: Ownership): StreamCopiesOptions['sourceOf'] {
  return (id) => {
    const [owner] = nameable(id).flatMap((each) => ownership.ownerOf(each) ?? []);
    if (owner) {
      const address = owner.nodeId === self.nodeId ? undefined : nodes.addressOf(owner.nodeId);
      if (address === undefined) return undefined;
      return (signal, isFirst) => {
        const asked = askForStream(placeOf(address), id, signal, isFirst);
        const standby = isFirst ? standbyOf(owner, owner.nodeId, nodes.present()) : undefined;
        if (!standby || standby.nodeId === self.nodeId) return asked;
        return asked.catch(() => askForStream(placeOf(standby.address), id, signal, isFirst, true));
      };
    }
    const others = table.isReady ? [] : nodes.others();
    if (others.length === 0) return undefined;
    const places = others.map(({ address }) => placeOf(address));
    return (signal, isFirst) => askAll(places, id, signal, isFirst);
  };
}

/** The streams of others for which this node stands by. */
function* standbysHere({ nodes, self }: Members, ownership: Ownership): Generator<StreamId> {
  const present = nodes.present();
  for (const { domain, app, name, nodeId } of ownership.elsewhere()) {
    const id = { domain, app, name };
    if (nodes.addressOf(nodeId) !== undefined && standbyOf(id, nodeId, present)?.nodeId === self.nodeId) yield id;
  }
}

async function askAll(places: readonly NodePlace[], ...asked: [id: StreamId, signal: AbortSignal, isFirst: boolean]) {
  for (const place of places) {
    const answered: Answered = await askForStream(place, ...asked).catch(() => ({ kind: 'absent' as const }));
    if (answered.kind === 'stream') return answered;
  }
  return { kind: 'absent' as const };
}
