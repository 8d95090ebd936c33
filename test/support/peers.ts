export { type FaultyLink, faultyLink } from './faulty-link.ts';
export {
  capturePath,
  flvFile,
  framesOf,
  isKeyFrameTag,
  isSequenceHeader,
  type MadeFlv,
  makeFlv,
  pictureHashes,
  probe,
  readFlv,
} from './flv-file.ts';
export { FlvViewer, stalledFlvViewer } from './flv-viewer.ts';
export { HlsViewer, type SeenSegment } from './hls-viewer.ts';
export { counted, endings, NO_DATABASE, OPEN_DOMAIN, openServer } from './open-server.ts';
export { type Pushed, pushThrough } from './push-through.ts';
export {
  command,
  connectCommand,
  createStream,
  message,
  playCommand,
  publishCommand,
  type RawRtmp,
  rawRtmp,
  statusCodes,
} from './raw-rtmp.ts';
export { RtmpPlayer } from './rtmp-player.ts';
export { type Pace, type PublisherOptions, playForEver, RtmpPublisher, RtmpRefused } from './rtmp-publisher.ts';
