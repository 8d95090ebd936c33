import { callbackSender, shownRequest, testCallback, testMediaCallback } from '../notify/index.ts';
import type { DeliveryDoor } from '../operations/index.ts';
import { Deliveries } from '../store/index.ts';
import type { Base } from './base.ts';
import { callbackEndpoint, callbackRule, mediaCallbackRule } from './callback-endpoint.ts';
import type { State } from './open-state.ts';
import { eventOf } from './outbox-source.ts';

/** Callbacks as operators look after them. */
export function openCallbacks({ clock, closer }: Base, { store, rules }: State, assetsUrl: () => string): DeliveryDoor {
  const deliveries = new Deliveries(store);
  const { ask } = closer.add('callback tests', callbackSender());
  return {
    list: (filter) => deliveries.list(filter),
    find: (id) => deliveries.find(id),
    again: (id) => deliveries.again(id),
    requestOf({ delivery, event }) {
      const endpoint = callbackEndpoint(rules(), delivery.endpoint_id, assetsUrl());
      return endpoint && shownRequest(eventOf(event), endpoint, clock.wallMs());
    },
    matchOf: (id) => callbackRule(rules(), id)?.match,
    async testMedia(id) {
      const endpoint = mediaCallbackRule(rules(), id) && callbackEndpoint(rules(), id, assetsUrl());
      return endpoint && testMediaCallback(endpoint, { ask, nowMs: clock.wallMs });
    },
    async test(id) {
      const endpoint = callbackRule(rules(), id) && callbackEndpoint(rules(), id);
      const domain = callbackRule(rules(), id)?.match.domain ?? '';
      const named = domain.includes('*') ? 'default' : domain;
      return endpoint && testCallback(endpoint, named, { ask, nowMs: clock.wallMs });
    },
  };
}
