export { apsaraCallback, apsaraSignature, isApsaraEvent } from './apsara-callback.ts';
export {
  Deliverer,
  type DelivererOptions,
  type DeliveryFailure,
  type DeliveryOutcome,
  type DeliverySource,
} from './deliverer.ts';
export type {
  CallbackRequest,
  Delivery,
  Endpoint,
  StopCause,
  StreamEvent,
  StreamEventData,
  StreamEventKind,
} from './event.ts';
export { nextTry } from './schedule.ts';
export { callbackSender, type SendCallback } from './send.ts';
export { ForbiddenAddressError, guardedAgent, mayConnect } from './ssrf-guard.ts';
export { standardWebhook, webhookSignature } from './standard-webhook.ts';
export {
  eventId,
  type PublisherSession,
  SessionEvents,
  type SessionEventsOptions,
  type StreamIdentity,
} from './stream-events.ts';
export { systemTimers, type Timers } from './timers.ts';
