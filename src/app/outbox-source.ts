import type { Delivery, DeliverySource, StreamEvent, TryTimes } from '../notify/index.ts';
import type { ClaimedDelivery, DeliveryTry, Outbox, RecordedEvent, Store } from '../store/index.ts';

const CHANNEL = 'headwater_deliveries';

/** The outbox as the deliverer wants it. What the database could not be told of a delivery it is told before the next claim. */
export function outboxSource(outbox: Outbox, store: Store, nowMs: () => number): DeliverySource {
  const claimed = new Map<string, ClaimedDelivery>();
  const unwritten = new Set<() => Promise<unknown>>();
  const take = (id: string): ClaimedDelivery | undefined => {
    const delivery = claimed.get(id);
    claimed.delete(id);
    return delivery;
  };
  const write = async (outcome: () => Promise<unknown>) => {
    try {
      await outcome();
      unwritten.delete(outcome);
    } catch (error) {
      unwritten.add(outcome);
      throw error;
    }
  };
  return {
    async claim(limit, except) {
      if (store.state.kind !== 'ready') return [];
      for (const outcome of [...unwritten]) await write(outcome);
      const found = await outbox.claimDeliveries(limit, except);
      for (const each of found) claimed.set(String(each.claim.row.id), each);
      return found.map(deliveryOf);
    },
    async delivered({ id }, status, times) {
      const delivery = take(id);
      if (delivery) await write(() => outbox.markDelivered(delivery, { ...triedAt(times), status }));
    },
    async failed({ id }, { status, error, retryAtMs, times }) {
      const delivery = take(id);
      if (!delivery) return;
      const answered = status === undefined ? {} : { status };
      const failure = { error, ...answered, tried: times && { ...triedAt(times), ...answered } };
      await write(() => {
        const next = retryAtMs === 'dead' ? 'dead' : { retryInMs: Math.max(0, retryAtMs - nowMs()) };
        return outbox.markFailed(delivery, next, failure);
      });
    },
    async release(deliveries) {
      await outbox.release(deliveries.flatMap(({ id }) => take(id) ?? []));
    },
    isIdle: () => store.state.kind === 'ready' && unwritten.size === 0 && !outbox.queue.isSweepDue,
    onWake(callback) {
      const endListening = store.listen(CHANNEL, callback);
      const endState = store.onState(callback);
      return () => {
        endListening();
        endState();
      };
    },
  };
}

function deliveryOf({ claim, event }: ClaimedDelivery): Delivery {
  return {
    id: String(claim.row.id),
    attempt: claim.row.attempts,
    endpointId: claim.row.endpoint_id,
    firstAttemptAtMs: claim.row.first_attempt_at.getTime(),
    lost: claim.lost,
    event: eventOf(event),
  };
}

/** A recorded event as callbacks tell of it. */
export function eventOf(event: RecordedEvent): StreamEvent {
  return {
    id: event.id,
    kind: event.kind as StreamEvent['kind'],
    sessionId: event.session_id,
    domain: event.domain,
    ingestDomain: event.ingest_domain,
    app: event.app,
    stream: event.stream,
    atMs: event.at.getTime(),
    data: event.data as StreamEvent['data'],
  };
}

function triedAt({ atMs, durationMs }: TryTimes): Pick<DeliveryTry, 'at' | 'durationMs'> {
  return { at: new Date(atMs).toISOString(), durationMs: Math.round(durationMs) };
}
