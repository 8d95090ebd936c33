export { clientOf, hostOf, NOT_LIVE, peerOf } from './admission.ts';
export { abortOf, answer, answerBytes, answerProblem, type Bytes, giveBack } from './answer.ts';
export type { Beacon } from './beacon.ts';
export type { Peer, Request, Response } from './exchange.ts';
export { HeldRequests } from './held-requests.ts';
export { findHls, type HlsComing, type HlsFound, type HlsWanted, isPlaylist, TOKEN_PARAMETER } from './hls-ready.ts';
export { GONE_MS, type KnownBy } from './hls-sessions.ts';
export { isPipelined, PIPELINED, takeOutlet } from './http-flv.ts';
export { reportsOf } from './ladder-view.ts';
export { Packagers } from './packagers.ts';
export { playbackPages } from './pages.ts';
export type { PlaybackDoor } from './playback-door.ts';
export { PlaybackServer } from './playback-server.ts';
export { PlayerReports } from './player-reports.ts';
export { acceptsGzip, PlaylistText } from './playlist-text.ts';
export { awaitPart, awaitSegment } from './playlist-wait.ts';
export { repeatedHls } from './repeated-hls.ts';
export { endInOrder, type Outlet, sinkOf } from './stream-viewer.ts';
export { pathOf } from './target.ts';
export {
  KEEP_ALIVE_MS,
  type ListenersDoor,
  MAX_HEADER_BYTES,
  type TlsSource,
  ViewerListeners,
} from './viewer-listeners.ts';
export { webSocketHandshakes } from './web-socket-flv.ts';
export { GRANT_HEADER, type HlsGrant, readGrant, type StreamGrant, type WorkerGrant } from './worker-grant.ts';
export type {
  FromWorker,
  HlsReport,
  ReportedGrant,
  SentPair,
  ToWorker,
  WorkerReport,
  WorkerSetup,
} from './worker-messages.ts';
export { INTERNAL_HEADERS, OFFER_HEADER, offerText, type Servable } from './worker-offer.ts';
export { type WorkerLine, WorkerViewers } from './worker-viewers.ts';
