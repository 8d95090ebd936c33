import {
  type Answered,
  askForStream,
  type NodePlace,
  nameable,
  Ownership,
  StreamCopies,
  type StreamCopiesOptions,
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
    onReceived: (bytes) => metrics.copyBytes.inc({ direction: 'in' }, bytes),
    onTrouble: (id, trouble) => {
      metrics.copyEvents.inc({ event: 'failed' });
      log.info({ ...id, trouble }, 'copy of a stream is interrupted');
    },
  });
  return { ownership, copies };
}

/** A stream comes from its owner, as the database told; without that, from whoever has it. */
function sourceBy({ nodes, self, table, placeOf }: Members, ownership: Ownership): StreamCopiesOptions['sourceOf'] {
  return (id) => {
    const [owner] = nameable(id).flatMap((each) => ownership.ownerOf(each) ?? []);
    if (owner) {
      const address = owner.nodeId === self.nodeId ? undefined : nodes.addressOf(owner.nodeId);
      if (address === undefined) return undefined;
      return (signal, isFirst) => askForStream(placeOf(address), id, signal, isFirst);
    }
    const others = table.isReady ? [] : nodes.others();
    if (others.length === 0) return undefined;
    const places = others.map(({ address }) => placeOf(address));
    return (signal, isFirst) => askAll(places, id, signal, isFirst);
  };
}

async function askAll(places: readonly NodePlace[], ...asked: [id: StreamId, signal: AbortSignal, isFirst: boolean]) {
  for (const place of places) {
    const answered: Answered = await askForStream(place, ...asked).catch(() => ({ kind: 'absent' as const }));
    if (answered.kind === 'stream') return answered;
  }
  return { kind: 'absent' as const };
}
