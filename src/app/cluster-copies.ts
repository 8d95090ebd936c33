import {
  type Answered,
  type Asking,
  askForStream,
  askOwner,
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

type Asked = [id: StreamId, signal: AbortSignal, asking: Asking];

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
    sourceOf: sourceBy(members, ownership, registry),
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

/** A stream comes from its owner, as the database told, or from who stands by; without the database, from whoever has it. */
function sourceBy(members: Members, ownership: Ownership, registry: Registry): StreamCopiesOptions['sourceOf'] {
  const { nodes, self, table, placeOf } = members;
  return (id) => {
    const [owner] = nameable(id).flatMap((each) => ownership.ownerOf(each) ?? []);
    if (owner) {
      // What was published here before this node began anew may be had; what is published now is here.
      if (owner.nodeId === self.nodeId && registry.sourcesOf(owner)) return undefined;
      const [ownerAt, copyAt] = placesOf(members, owner);
      if (!ownerAt && !copyAt) return undefined;
      return (signal, asking) => askOwner(ownerAt, copyAt, id, signal, asking);
    }
    const others = table.isReady ? [] : nodes.others();
    if (others.length === 0) return undefined;
    const places = others.map(({ address }) => placeOf(address));
    return (signal, asking) => askAll(places, id, signal, asking);
  };
}

/** Where a stream's owner is, and who stands by for it; but for this node. */
function placesOf({ nodes, self, placeOf }: Members, owner: StreamId & { readonly nodeId: string }) {
  const { nodeId = self.nodeId } = standbyOf(owner, owner.nodeId, nodes.present()) ?? {};
  return [owner.nodeId, nodeId].map((each) => {
    const address = each === self.nodeId ? undefined : nodes.addressOf(each);
    return address === undefined ? undefined : placeOf(address);
  });
}

/** The streams of others for which this node stands by. */
function* standbysHere({ nodes, self }: Members, ownership: Ownership): Generator<StreamId> {
  const present = nodes.present();
  for (const { domain, app, name, nodeId } of ownership.elsewhere()) {
    const id = { domain, app, name };
    if (standbyOf(id, nodeId, present)?.nodeId === self.nodeId) yield id;
  }
}

async function askAll(places: readonly NodePlace[], ...asked: Asked) {
  for (const place of places) {
    const answered: Answered = await askForStream(place, ...asked).catch(() => ({ kind: 'absent' as const }));
    if (answered.kind === 'stream') return answered;
  }
  return { kind: 'absent' as const };
}
