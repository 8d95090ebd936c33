export { FarPublish } from './far-publish.ts';
export { PublishSession } from './publish-session.ts';
export {
  type FarAnswer,
  type FarEnd,
  type FarSource,
  type PublisherInfo,
  RTMP_CHUNK_SIZE,
  RTMP_MESSAGE_STREAM_ID,
  type RtmpDoor,
  type RtmpEnd,
} from './rtmp-door.ts';
export { RtmpServer, type TlsSource } from './rtmp-server.ts';
