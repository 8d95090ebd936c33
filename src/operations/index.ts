export { EventFeed, type EventFeedPage } from './event-feed.ts';
export {
  kick,
  publisherLimit,
  recheckPublishers,
  recheckSessions,
  viewerLimits,
} from './live-operations.ts';
export { type PublisherInfo, Publishers, type PublishingState } from './publishers.ts';
export { type PushSetup, pushSetup } from './push-setup.ts';
export { listStreams, type StreamOverview, type StreamSources } from './stream-overview.ts';
export { authority, type PlayUrls, type PublicAddresses, playUrls } from './urls.ts';
