import type { Delivery, DeliverySource, StreamEvent } from '../notify/index.ts';
import type { ClaimedDelivery, Outbox, Store } from '../store/index.ts';

const CHANNEL = 'headwater_deliveries';

/** The outbox as the deliverer wants it. */
export function outboxSource(outbox: Outbox, store: Store, nowMs: () => number): DeliverySource {
  const claimed = new Map<string, ClaimedDelivery>();
  const take = (id: string): ClaimedDelivery | undefined => {
    const delivery = claimed.get(id);
    claimed.delete(id);
    return delivery;
  };
  return {
    async claim(limit) {
      if (store.state.kind !== 'ready') return [];
      const found = await outbox.claimDeliveries(limit);
      for (const each of found) claimed.set(String(each.claim.row.id), each);
      return found.map(deliveryOf);
    },
    async delivered({ id }, status) {
      const delivery = take(id);
      if (delivery) await outbox.markDelivered(delivery, status);
    },
    async failed({ id }, { status, error, retryAtMs }) {
      const delivery = take(id);
      if (!delivery) return;
      const next = retryAtMs === 'dead' ? 'dead' : { retryInMs: Math.max(0, retryAtMs - nowMs()) };
      await outbox.markFailed(delivery, next, { error, ...(status === undefined ? {} : { status }) });
    },
    onWake: (callback) => store.listen(CHANNEL, callback),
  };
}

function deliveryOf({ claim, event }: ClaimedDelivery): Delivery {
  return {
    id: String(claim.row.id),
    attempt: claim.row.attempts,
    endpointId: claim.row.endpoint_id,
    firstAttemptAtMs: (claim.row.first_attempt_at ?? new Date()).getTime(),
    event: {
      id: event.id,
      kind: event.kind as StreamEvent['kind'],
      sessionId: event.session_id,
      domain: event.domain,
      ingestDomain: event.ingest_domain,
      app: event.app,
      stream: event.stream,
      atMs: event.at.getTime(),
      data: event.data as StreamEvent['data'],
    },
  };
}
