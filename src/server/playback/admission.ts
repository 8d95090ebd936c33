import type { Admission, PeerAddresses, PlayRequest, Verdict } from '../../access/index.ts';
import type { Stream, StreamId } from '../../live/index.ts';
import type { DomainRule, PlayProtocol } from '../../rules/index.ts';
import type { Peer, Problem, Request } from './exchange.ts';
import type { PlaybackDoor } from './playback-door.ts';

export type Asked = {
  readonly app: string;
  readonly stream: string;
  readonly path: string;
  readonly query: string;
  readonly protocol: PlayProtocol;
};

export type Admitted = { readonly stream: Stream; readonly admission: Admission; readonly request: PlayRequest };

export const NOT_LIVE: Problem = {
  status: 404,
  code: 'STREAM_NOT_LIVE',
  reason: 'the stream is not live',
  remedy: 'Start the encoder, or check app and stream name.',
};

const HELD_BACK_REMEDY =
  'Play the stream itself or another rendition, or come back later; the operator can raise limits.transcodes.';

export function peerOf(peers: PeerAddresses, { socket }: Request): Peer {
  return { address: peers.of(socket), isSecure: 'encrypted' in socket };
}

/** Who asks, from the request and, behind trusted proxies, from their headers. */
export function playRequestOf(
  door: PlaybackDoor,
  peer: Peer,
  request: Request,
  domain: DomainRule,
  asked: Asked,
): PlayRequest {
  const { referer, 'user-agent': userAgent } = request.headers;
  return {
    domain,
    ...asked,
    ...clientOf(door, peer, request),
    referer,
    userAgent,
    headers: door.clients.isTrusted(peer.address) ? request.headers : undefined,
    host: hostOf(request),
    isPassedOn: door.isForOtherNodes,
    // Made for each request by those only who are asked.
    sessionId: domain.play.remoteAuth?.form === 'srs' ? door.newId() : undefined,
  };
}

type ClientsDoor = Pick<PlaybackDoor, 'clients'>;

/** The viewer's own address, and whether he came by HTTPS: the peer's, unless that is a trusted proxy. */
export function clientOf(door: ClientsDoor, peer: Peer, request: Request): { address: string; isSecure: boolean } {
  const { address, scheme } = door.clients.find(directly(peer), request.headers);
  return { address, isSecure: scheme === 'https' };
}

/** The viewer's own address: the peer's, unless that is a trusted proxy. */
export function addressOf(door: ClientsDoor, peer: Peer, request: Request): string {
  return door.clients.find(directly(peer), request.headers).address;
}

/** Where the viewer is, as addresses begin there: `https://live.example.com`. */
export function originOf(door: ClientsDoor, peer: Peer, request: Request): string {
  return `${door.clients.find(directly(peer), request.headers).scheme}://${hostOf(request)}`;
}

function directly({ address, isSecure }: Peer) {
  return { address, scheme: isSecure ? 'https' : 'http' } as const;
}

/** The host name asked for; on HTTP/2 it is in `:authority`. */
export function hostOf(request: Request): string {
  const authority = request.headers[':authority'];
  return (typeof authority === 'string' ? authority : request.headers.host) ?? '';
}

export function problemOf(verdict: Exclude<Verdict, Admission>): Problem {
  const { status, code, reason, remedy } = verdict;
  return { status, code, reason, remedy };
}

/**
 * The live stream for a viewer who may see it, held for as long as the rule says while it isn't there.
 *
 * @param id what the name asked for stands for, where that isn't the stream of the name
 */
export async function admit(
  door: PlaybackDoor,
  request: PlayRequest,
  signal: AbortSignal,
  id: StreamId = { domain: request.domain.name, app: request.app, name: request.stream },
): Promise<Admitted | Problem> {
  const asked = door.access.play(request);
  const verdict = asked instanceof Promise ? await asked : asked;
  if (!verdict.allowed) return problemOf(verdict);
  const owner = door.registry.ownerOf(id);
  const { holdSeconds } = door.rules().settingsFor(owner.domain, owner.app, owner.name).delivery;
  const stream = door.registry.find(id) ?? (await door.registry.whenLive(id, holdSeconds * 1000, signal));
  if (stream) return { stream, admission: verdict, request };
  await door.access.release(verdict);
  return heldBack(door, id) ?? NOT_LIVE;
}

/** The same for who becomes a viewer at once: nodes that count together may have to make room for him first. */
export async function admitViewer(
  door: PlaybackDoor,
  request: PlayRequest,
  signal: AbortSignal,
): Promise<Admitted | Problem> {
  const admitted = await admit(door, request, signal);
  if ('status' in admitted) return admitted;
  const { domain, app, name: stream } = admitted.stream.id;
  const { address, protocol } = request;
  const room = door.sessions.room({ domain, app, stream, address, protocol });
  if (room) await room;
  return admitted;
}

/** Why whoever asks for a multivariant playlist would be refused his first media playlist: he hears of it at once. */
export async function shutTo(
  { sessions }: Pick<PlaybackDoor, 'sessions'>,
  { domain, app, stream, address }: PlayRequest,
  { uid }: Admission,
): Promise<Problem | undefined> {
  const newcomer = { ...{ domain: domain.name, app, stream, address, uid }, protocol: 'hls' };
  const room = sessions.room(newcomer);
  if (room) await room;
  const obstacle = sessions.obstacle(newcomer);
  return obstacle && problemOf(obstacle);
}

/** What the viewer of a rendition is told that a limit of the rules keeps from coming. */
export function heldBack({ registry }: Pick<PlaybackDoor, 'registry'>, id: StreamId): Problem | undefined {
  const reason = registry.heldBackBy(id);
  return reason === undefined ? undefined : { status: 503, code: 'TRANSCODE_LIMIT', reason, remedy: HELD_BACK_REMEDY };
}

/** HEAD opens no session, so that a signature for a single one stays unused. */
export async function giveBackAfterHead(door: PlaybackDoor, request: Request, admission: Admission): Promise<void> {
  if (request.method === 'HEAD') await door.access.release(admission);
}
