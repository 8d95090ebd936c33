export { type ChunkLimits, ChunkReader, DEFAULT_CHUNK_LIMITS } from './chunk-reader.ts';
export { ChunkWriter, type ExtendedTimestampHabit, type OutgoingMessage, serializeMessage } from './chunk-writer.ts';
export { type RtmpClientEvent, RtmpClientSession, type RtmpClientSessionOptions } from './client-session.ts';
export {
  type ConnectInfo,
  decodeCommand,
  encodeCommand,
  type RtmpCommand,
  type StatusInfo,
} from './command.ts';
export { ClientHandshake, type HandshakeStep, type RandomBytes, ServerHandshake } from './handshake.ts';
export {
  type ControlMessage,
  decodeControl,
  encodeControl,
  MESSAGE_TYPE,
  type MediaKind,
  type RtmpMessage,
} from './message.ts';
export { type PushUrl, type PushUrlParts, type PushUrlProblem, resolvePushUrl } from './push-url.ts';
export {
  DEFAULT_RTMP_SERVER_LIMITS,
  type MediaEvent,
  type RtmpServerEvent,
  type RtmpServerLimits,
  type StreamRequest,
} from './server-events.ts';
export { CAPS_EX_RECONNECT, ENHANCED_AUDIO_FOUR_CCS, ENHANCED_VIDEO_FOUR_CCS } from './server-replies.ts';
export { RtmpServerSession, type RtmpServerSessionOptions } from './server-session.ts';
