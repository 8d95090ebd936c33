export { apsaraCallback, apsaraSignature, isApsaraEvent } from './apsara-callback.ts';
export { callbackRequest, shownRequest } from './callback-request.ts';
export {
  Deliverer,
  type DelivererOptions,
  type DeliveryFailure,
  type DeliveryOutcome,
  type DeliverySource,
  errorText,
  type TryTimes,
} from './deliverer.ts';
export {
  type AlarmNote,
  type CallbackRequest,
  type Delivery,
  type Endpoint,
  type EventKind,
  type ModerationNote,
  type RecordingEventKind,
  type RelayEventKind,
  type RenditionEventKind,
  type ShowReport,
  type SourceEventKind,
  type SourceNote,
  type StopCause,
  type StoredRecording,
  type StoredSnapshot,
  type StreamEvent,
  type StreamEventData,
  type StreamEventKind,
  shownQuery,
} from './event.ts';
export type {
  AssetChangeNote,
  AssetNote,
  FileNote,
  JobNote,
  MediaEventKind,
  MediaFacts,
  MediaNote,
  PictureNote,
  RenditionNote,
} from './media-note.ts';
export { type Answer, type Question, questionSender } from './question.ts';
export { nextTry } from './schedule.ts';
export { type AskCallback, type CallbackSender, callbackSender, type SendCallback } from './send.ts';
export { ForbiddenAddressError, guardedAgent, guardedLookup, mayConnect } from './ssrf-guard.ts';
export { standardWebhook, webhookBody, webhookHeaders, webhookSignature } from './standard-webhook.ts';
export {
  eventId,
  type PublisherSession,
  SessionEvents,
  type SessionEventsOptions,
  type StreamIdentity,
} from './stream-events.ts';
export { type CallbackTest, testCallback, testMediaCallback } from './test-callback.ts';
export { systemTimers, type Timers } from './timers.ts';
export { VOD_EVENT_TYPES, vodSignature } from './vod-callback.ts';
