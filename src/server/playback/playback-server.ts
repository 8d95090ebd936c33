import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createSecureServer, type SecureServerOptions, type ServerHttp2Session } from 'node:http2';
import type { Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { PeerAddresses, proxyFront, resourcePath, type ServerBehind } from '../../access/index.ts';
import { FloodLine } from '../../log/index.ts';
import type { DomainRule, HostRefusal, HostVerdict, PlayProtocol } from '../../rules/index.ts';
import type { UsageDoor } from '../../usage/index.ts';
import { refuseUpgrade } from '../http/index.ts';
import { addressOf, hostOf, originOf, playRequestOf } from './admission.ts';
import {
  answer,
  answerProblem,
  CORS_HEADERS,
  type Problem,
  problemBody,
  type Request,
  type Response,
} from './answer.ts';
import { Assets } from './assets.ts';
import { answerChannels } from './channel-list.ts';
import { answerClipping } from './clipping.ts';
import { countAs } from './counted-answers.ts';
import { answerRenditions, asksForRenditions } from './flv-renditions.ts';
import { Hls } from './hls.ts';
import { answerFlv } from './http-flv.ts';
import { HTTPS_REQUIRED, sentToHttps } from './https-only.ts';
import type { PlaybackDoor } from './playback-door.ts';
import { repeatedHls } from './repeated-hls.ts';
import { answerSnapshot } from './snapshot.ts';
import { answerSprite } from './sprite.ts';
import { pathOf, type Target, targetOf } from './target.ts';
import { answerTimeline, refuseTimeline, timelineStreamOf } from './timeline.ts';
import { WebSocketFlv } from './web-socket-flv.ts';

const NOT_FLV: Problem = { status: 404, code: 'NOT_FOUND', reason: 'no stream of this name' };
const PREFLIGHT_HEADERS = {
  ...CORS_HEADERS,
  'Access-Control-Allow-Methods': 'GET, HEAD, OPTIONS',
  'Access-Control-Allow-Headers': 'Range, Content-Type, Accept, Origin',
  'Access-Control-Max-Age': '86400',
};

/** What assets count under, and are asked about under, where streams have their app. */
const ASSETS_APP = 'vod';

/** By which door an answer leaves, for the usage. */
const COUNTED_AS: Readonly<Record<Exclude<Target['kind'], 'page' | 'asset-page'>, UsageDoor>> = {
  ...{ flv: 'flv', playlist: 'hls', hls: 'hls', timeline: 'hls', channels: 'hls' },
  ...{ snapshot: 'pictures', sprite: 'pictures', hotkey: 'clips', clip: 'clips', chapters: 'clips' },
  asset: 'vod',
};

/** A PROXY header, a TLS handshake and a request's head must each be whole by then. */
const HEAD_MS = 15_000;
/** Answers that are under way when the server stops. */
const LAST_ANSWERS_MS = 1000;
const ACME_CHALLENGES = '/.well-known/acme-challenge/';
const TIMEOUTS = {
  headersTimeout: HEAD_MS,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 5000,
  keepAliveTimeout: 65_000,
};
const IDLE_HTTP2_MS = 120_000;
const MAX_HEADER_BYTES = 16_384;
const MAX_HTTP2_STREAMS = 100;

/** What makes a listener one of HTTPS: certificates that may be swapped while it listens. */
export interface TlsSource {
  serverOptions(): SecureServerOptions;
  follow(server: { setSecureContext(options: { cert?: unknown; key?: unknown }): void }): void;
}

/** The viewers' HTTP door. Media is answered here; what is not media goes to the pages. */
export class PlaybackServer {
  readonly #door: PlaybackDoor;
  readonly #pages: RequestListener;
  readonly #hls: Hls;
  readonly #assets: Assets;
  readonly #peers = new PeerAddresses();
  readonly #webSocketFlv: WebSocketFlv;
  readonly #repeated: ReturnType<typeof repeatedHls>;
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #refusals: FloodLine;
  readonly #failedHandshakes: FloodLine;

  /** @param pages answers what names no media */
  constructor(door: PlaybackDoor, pages: RequestListener) {
    this.#door = door;
    this.#pages = pages;
    this.#hls = new Hls(door);
    this.#assets = new Assets(door);
    this.#webSocketFlv = new WebSocketFlv(door);
    const { clock, log } = door;
    this.#refusals = new FloodLine(clock, (address, refused) => {
      log.warn({ address, refused }, 'playback connections refused, there are too many');
    });
    this.#failedHandshakes = new FloodLine(clock, (address, failed) => {
      log.info({ address, failed }, 'playback connections closed, the TLS handshake failed');
    });
    const keepAliveMs = TIMEOUTS.keepAliveTimeout;
    this.#repeated = repeatedHls({ door, peers: this.#peers, hls: this.#hls, keepAliveMs });
  }

  /** A listener that is not listening yet: HTTP/1.1, or HTTPS with HTTP/2 where `tls` is given. */
  listener(tls?: TlsSource): Server {
    const server = tls ? this.#secureServer(tls) : this.#plainServer();
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#upgrade(request, socket, head);
    });
    server.on('connection', (socket: Socket) => this.#accept(socket));
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => this.#badRequest(error, socket));
    const listener = this.#door.usesProxyProtocol ? this.#behindProxies(server) : server;
    this.#servers.push(listener);
    return listener;
  }

  /** Stops listening and lets answers under way end, as far as they do at once. */
  async finish(): Promise<void> {
    const closed = this.#stopListening();
    let cancel = () => {};
    const late = new Promise<void>((resolve) => {
      cancel = this.#door.clock.after(LAST_ANSWERS_MS, resolve);
    });
    await Promise.race([Promise.all(closed), late]);
    cancel();
  }

  async close(): Promise<void> {
    this.#hls.close();
    const closed = this.#stopListening();
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(closed);
  }

  /** Node closes connections of HTTP/1.1 that rest; sessions of HTTP/2 were told with their last answer. */
  #stopListening(): Promise<void>[] {
    return this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
  }

  /** Who asks again is to ask another server, or this one when it is back. */
  #giveBack(request: Request, response: Response): void {
    if ('stream' in request) request.stream.session?.close();
    else response.setHeader('Connection', 'close');
  }

  #plainServer(): Server & ServerBehind {
    const options = { ...TIMEOUTS, maxHeaderSize: MAX_HEADER_BYTES };
    const server = createServer(options, (request, response) => {
      this.#repeated.saw(request, response);
      this.#handle(request, response);
    });
    return server.on('connection', (socket: Socket) => this.#repeated.watch(socket));
  }

  #secureServer(tls: TlsSource): Server & ServerBehind {
    const options = {
      ...tls.serverOptions(),
      ...TIMEOUTS,
      allowHTTP1: true,
      handshakeTimeout: HEAD_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      settings: { maxConcurrentStreams: MAX_HTTP2_STREAMS, maxHeaderListSize: MAX_HEADER_BYTES },
    };
    const server = createSecureServer(options, (request, response) => this.#handle(request, response));
    Object.assign(server, TIMEOUTS);
    server.on('session', (session: ServerHttp2Session) => session.setTimeout(IDLE_HTTP2_MS, () => session.close()));
    server.on('tlsClientError', (_error, socket) => {
      this.#failedHandshakes.add(this.#peers.of(socket));
      socket.destroy();
      this.#door.onRefused('TLS');
    });
    tls.follow(server);
    return server;
  }

  #behindProxies(server: ServerBehind): Server {
    return proxyFront(server, {
      clients: this.#door.clients,
      peers: this.#peers,
      timeoutMs: HEAD_MS,
      onRefused: (reason, address) => {
        this.#door.log.info({ reason, address }, 'connection without a PROXY header closed');
        this.#door.onRefused(reason);
      },
    });
  }

  #accept(socket: Socket): void {
    const leave = this.#door.connections.enter(this.#peers.of(socket));
    if (!leave) {
      this.#refusals.add(this.#peers.of(socket));
      socket.destroy();
      this.#door.onRefused('LIMIT');
      return;
    }
    socket.setKeepAlive(true, 30_000);
    this.#sockets.add(socket);
    socket.once('close', () => {
      leave();
      this.#sockets.delete(socket);
    });
  }

  /** What is no HTTP, or is too slow or too long for it: one answer, one closed connection. */
  #badRequest({ code }: NodeJS.ErrnoException, socket: Duplex): void {
    if (code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const isSlow = code === 'ERR_HTTP_REQUEST_TIMEOUT';
    const isLong = code === 'HPE_HEADER_OVERFLOW';
    const status = isSlow ? '408 Request Timeout' : isLong ? '431 Request Header Fields Too Large' : '400 Bad Request';
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
    this.#door.onRefused(isSlow ? 'TIMEOUT' : 'MALFORMED');
    const address = this.#peers.of(socket as Socket);
    this.#door.log.info({ code, address }, 'HTTP request malformed');
  }

  #handle(request: Request, response: Response): void {
    if (this.#door.isDraining()) this.#giveBack(request, response);
    this.#route(request, response).catch((error) => {
      this.#door.log.error({ error, path: pathOf(request.url).path }, 'playback request failed');
      if (!response.headersSent) answerProblem(request, response, { status: 500, code: 'INTERNAL', reason: 'failed' });
      else response.destroy();
    });
  }

  async #route(request: Request, response: Response): Promise<void> {
    const { path, query } = pathOf(request.url);
    const found = this.#hostOf(request);
    const { domain } = found;
    const target = domain && targetOf(resourcePath(path, domain.play.auth));
    const challenge = path.startsWith(ACME_CHALLENGES) ? path.slice(ACME_CHALLENGES.length) : undefined;
    if (challenge !== undefined) {
      this.#answerChallenge(challenge, request, response);
    } else if (domain && this.#isSentToHttps(domain, request, response)) {
      return;
    } else if (request.method === 'OPTIONS') {
      (response as ServerResponse).writeHead(204, PREFLIGHT_HEADERS).end();
    } else if (!found.domain && !path.startsWith('/_headwater/')) {
      answerProblem(request, response, problemOf(found));
    } else if (!domain || !target || isPage(target) || !takes(target, request.method)) {
      this.#pages(request as IncomingMessage, response as ServerResponse);
    } else {
      await this.#answerTarget(target, domain, { path, query }, request, response);
    }
  }

  /** The domain that the request's host leads to, or why it leads to none. */
  #hostOf(request: Request): HostVerdict {
    const found = this.#door.rules().playbackHost(hostOf(request), this.#door.clock.wallMs());
    if (found.domain && found.alias) {
      const address = addressOf(this.#door, this.#peers.of(request.socket), request);
      this.#door.onAlias(found.domain.name, found.alias.name, address);
    }
    return found;
  }

  #isSentToHttps(domain: DomainRule, request: Request, response: Response): boolean {
    const { force, hstsSeconds } = domain.https;
    if (!force && hstsSeconds === 0) return false;
    const origin = originOf(this.#door, this.#peers.of(request.socket), request);
    return sentToHttps(domain, { origin, tlsPort: this.#door.tlsPort() }, request, response);
  }

  /** The authority asks for any host, by HTTP (RFC 8555, 8.3). */
  #answerChallenge(token: string, request: Request, response: Response): void {
    const text = this.#door.acmeAnswer(token);
    if (text === undefined) answerProblem(request, response, NOT_FLV);
    else {
      const body = new TextEncoder().encode(text);
      answer(request, response, { type: 'application/octet-stream', cacheControl: 'no-store', body });
    }
  }

  /** A name that is live is itself; else `demo-llhls` stands for `demo`. */
  #streamOf(target: Exclude<Target, { kind: 'page' | 'asset-page' | 'timeline' }>, domain: DomainRule): string {
    if (target.kind === 'channels') return '';
    if (target.kind === 'asset') return target.asset;
    if (target.kind !== 'playlist' || target.packaged === undefined) return target.stream;
    const isLive =
      this.#door.registry.find({ domain: domain.name, app: target.app, name: target.stream }) !== undefined;
    return isLive ? target.stream : target.packaged;
  }

  async #answerTarget(
    target: Exclude<Target, { kind: 'page' | 'asset-page' }>,
    domain: DomainRule,
    url: { readonly path: string; readonly query: string },
    request: Request,
    response: Response,
  ): Promise<void> {
    const named =
      target.kind === 'timeline'
        ? timelineStreamOf(url.query)
        : { app: target.kind === 'asset' ? ASSETS_APP : target.app, stream: this.#streamOf(target, domain) };
    if (!named) return refuseTimeline(request, response);
    const asked = (protocol: PlayProtocol) => {
      const peer = this.#peers.of(request.socket);
      const play = playRequestOf(this.#door, peer, request, domain, { ...named, protocol, ...url });
      countAs(response, this.#door.usage, play, COUNTED_AS[target.kind]);
      return play;
    };
    switch (target.kind) {
      case 'flv':
        return (asksForRenditions(url.query) ? answerRenditions : answerFlv)(
          this.#door,
          asked('flv'),
          request,
          response,
        );
      case 'playlist':
        return this.#hls.answerMultivariant(asked('hls'), request, response);
      case 'hls':
        return this.#hls.answerFile(target, asked('hls'), request, response);
      case 'snapshot':
        return answerSnapshot(this.#door, asked(domain.play.protocols[0] ?? 'hls'), request, response);
      case 'sprite':
        return answerSprite(
          { door: this.#door, isShutOut: (token) => this.#hls.isShutOut(token) },
          target,
          asked(domain.play.protocols[0] ?? 'hls'),
          { request, response },
        );
      case 'timeline':
        return answerTimeline(this.#door, asked('hls'), request, response);
      case 'hotkey':
      case 'clip':
      case 'chapters':
        return answerClipping(
          this.#door,
          {
            ...{ target, asked: asked(domain.play.protocols[0] ?? 'hls') },
            origin: originOf(this.#door, this.#peers.of(request.socket), request),
            isShutOut: (token) => this.#hls.isShutOut(token),
          },
          request,
          response,
        );
      case 'asset':
        return this.#assets.answer({ target, asked: asked(domain.play.protocols[0] ?? 'hls'), request, response });
      case 'channels':
        return answerChannels(this.#door, asked('hls'), request, response);
    }
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#repeated.leave(socket as Socket);
    socket.on('error', () => socket.destroy());
    const { path, query } = pathOf(request.url);
    const found = this.#hostOf(request);
    const { domain } = found;
    const target = domain && targetOf(resourcePath(path, domain.play.auth));
    if (!domain || target?.kind !== 'flv') {
      const problem = found.domain ? NOT_FLV : problemOf(found);
      refuseUpgrade(socket, problem.status, problemBody(problem));
      return;
    }
    const origin = originOf(this.#door, this.#peers.of(request.socket), request);
    if (domain.https.force && !origin.startsWith('https:')) {
      refuseUpgrade(socket, HTTPS_REQUIRED.status, problemBody(HTTPS_REQUIRED));
      return;
    }
    const { app, stream } = target;
    const named = { app, stream, path, query, protocol: 'ws-flv' } as const;
    const asked = playRequestOf(this.#door, this.#peers.of(request.socket), request, domain, named);
    this.#webSocketFlv.open(asked, request, socket, head).catch((error) => {
      this.#door.log.error({ error }, 'WebSocket request failed');
      socket.destroy();
    });
  }
}

function isPage(target: Target): target is Extract<Target, { kind: 'page' | 'asset-page' }> {
  return target.kind === 'page' || target.kind === 'asset-page';
}

function takes({ kind }: Target, method: string | undefined): boolean {
  return method === 'GET' || method === 'HEAD' || (method === 'POST' && kind === 'hotkey');
}

/** An alias whose time is over is gone; other hosts were never there. */
const problemOf = ({ code, reason, remedy }: HostRefusal): Problem => ({
  status: code === 'ALIAS_OVER' ? 410 : 404,
  ...{ code, reason, remedy },
});
