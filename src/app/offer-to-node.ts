import { type NodePlace, offerSource, SourceLine } from '../cluster/index.ts';
import type { Clock, DismissalReason, PublisherRole, StreamId } from '../live/index.ts';
import type { FarAnswer, FarEnd, FarSource, PublisherInfo } from '../server/rtmp/index.ts';

/** What another node is told of a source. */
export type OfferedSource = Omit<PublisherInfo, 'request'> & { readonly isPull?: boolean };

type Taken = Extract<Awaited<ReturnType<typeof offerSource>>, { kind: 'taken' }>;

export type OfferTo = {
  readonly place: NodePlace;
  readonly node: string;
  /** The name of this node. */
  readonly from: string;
};

/** Offers an encoder that pushes to this node to the one that publishes its stream, as one of the stream's two sources. */
export async function offerToNode(
  { place, node, from }: OfferTo,
  clock: Clock,
  id: StreamId,
  role: PublisherRole,
  info: OfferedSource,
): Promise<FarAnswer> {
  const { sessionId, address, ingestHost: host, query, encoder, streamKeyId, isPull } = info;
  const of = { ...(streamKeyId !== undefined && { streamKeyId }), ...(isPull && { isPull }) };
  const facts = { ...{ role, sessionId, address, host, query, encoder, node: from }, ...of };
  const offered = await offerSource(place, id, facts);
  switch (offered.kind) {
    case 'taken':
      return { kind: 'taken', node, open: (onEnd) => open(offered, clock, onEnd) };
    case 'unreachable': {
      // Whether it is gone cannot be known: a backup is no reason to take a stream from its main source.
      if (role === 'main') return { kind: 'not-wanted' };
      const description = `the node ${node} publishes the stream, and ${offered.why}; try again`;
      return { kind: 'refused', code: 'OWNER_UNREACHABLE', description };
    }
    default:
      return offered;
  }
}

function open({ socket, head }: Taken, clock: Clock, onEnd: (end: FarEnd) => void): FarSource {
  let dismissed: FarEnd | undefined;
  const line = new SourceLine({
    ...{ socket, head, clock },
    onFrame: (frame) => {
      if (frame.kind !== 'dismissed') return;
      dismissed = { kind: 'dismissed', reason: frame.reason as DismissalReason, detail: frame.detail };
    },
    onEnd: (how) => {
      if (dismissed) onEnd(dismissed);
      else if (how !== 'closed') onEnd({ kind: how });
    },
  });
  return {
    media: ({ kind, timestamp, payload }) => line.send({ kind: 'media', media: kind, timestamp, data: payload }),
    unpublish: () => {
      line.send({ kind: 'unpublished' });
      line.close();
    },
    close: () => line.close(),
  };
}
