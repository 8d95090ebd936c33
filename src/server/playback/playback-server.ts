import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { PeerAddresses, type PlayRequest, resourcePath } from '../../access/index.ts';
import type { StreamId } from '../../live/index.ts';
import type { DomainRule, HostRefusal, HostVerdict, PlayProtocol } from '../../rules/index.ts';
import type { UsageDoor } from '../../usage/index.ts';
import { refuseUpgrade } from '../http/index.ts';
import { addressOf, hostOf, originOf, peerOf, playRequestOf } from './admission.ts';
import { answer, answerProblem, CORS_HEADERS, giveBack, problemBody } from './answer.ts';
import { Assets } from './assets.ts';
import { answerChannels } from './channel-list.ts';
import { answerClipping } from './clipping.ts';
import { countAs } from './counted-answers.ts';
import { mayBeElsewhere } from './elsewhere.ts';
import type { Peer, Problem, Request, Response } from './exchange.ts';
import { answerRenditions, asksForRenditions } from './flv-renditions.ts';
import { answerOffered } from './granted-stream.ts';
import { Hls } from './hls.ts';
import { answerFlv } from './http-flv.ts';
import { HTTPS_REQUIRED, sentToHttps } from './https-only.ts';
import type { PlaybackDoor } from './playback-door.ts';
import { repeatedHls } from './repeated-hls.ts';
import { answerSnapshot } from './snapshot.ts';
import { answerSprite } from './sprite.ts';
import { pathOf, type Target, targetOf } from './target.ts';
import { answerTimeline, refuseTimeline, timelineStreamOf } from './timeline.ts';
import { KEEP_ALIVE_MS, type TlsSource, ViewerListeners } from './viewer-listeners.ts';
import { WebSocketFlv } from './web-socket-flv.ts';
import { offerOf, passOnFor, takeOffer } from './worker-offer.ts';

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

/** Answers that are under way when the server stops. */
const LAST_ANSWERS_MS = 1000;
const ACME_CHALLENGES = '/.well-known/acme-challenge/';

/** The viewers' HTTP door. Media is answered here; what is not media goes to the pages. */
export class PlaybackServer {
  readonly #door: PlaybackDoor;
  readonly #pages: RequestListener;
  readonly #hls: Hls;
  readonly #assets: Assets;
  readonly #peers = new PeerAddresses();
  readonly #webSocketFlv: WebSocketFlv;
  readonly #repeated: ReturnType<typeof repeatedHls>;
  readonly #listeners: ViewerListeners;

  /** @param pages answers what names no media */
  constructor(door: PlaybackDoor, pages: RequestListener) {
    this.#door = door;
    this.#pages = pages;
    this.#hls = new Hls(door);
    this.#assets = new Assets(door);
    this.#webSocketFlv = new WebSocketFlv(door);
    this.#repeated = repeatedHls({ door, peers: this.#peers, hls: this.#hls, keepAliveMs: KEEP_ALIVE_MS });
    this.#listeners = new ViewerListeners(door, this.#peers, {
      repeated: this.#repeated,
      request: (request, response) => this.#handle(request, response),
      upgrade: (request, socket, head) => this.#upgrade(request, socket, head),
    });
  }

  /** A listener that is not listening yet: HTTP/1.1, or HTTPS with HTTP/2 where `tls` is given. */
  listener(tls?: TlsSource): Server {
    return this.#listeners.open(tls);
  }

  /** A listener for playback workers, not listening yet: to be opened where nobody else gets to. */
  workersListener(): Server {
    return this.#listeners.openForWorkers((request, response) => {
      if (takeOffer(request)) this.#handle(request, response);
      else response.writeHead(400).end();
    });
  }

  /** Answers a request that another node passes on for one of its viewers. */
  answerFor(peer: Peer, request: IncomingMessage, response: ServerResponse): void {
    passOnFor(request, peer);
    this.#handle(request, response);
  }

  /** Stops listening and lets answers under way end, as far as they do at once. */
  async finish(): Promise<void> {
    const closed = this.#listeners.stopListening();
    let cancel = () => {};
    const late = new Promise<void>((resolve) => {
      cancel = this.#door.clock.after(LAST_ANSWERS_MS, resolve);
    });
    await Promise.race([closed, late]);
    cancel();
  }

  async close(): Promise<void> {
    this.#hls.close();
    this.#assets.close();
    await this.#listeners.close();
  }

  #handle(request: Request, response: Response): void {
    if (this.#door.isDraining()) giveBack(request, response);
    this.#route(request, response).catch((error) => {
      this.#door.log.error({ error, path: pathOf(request.url).path }, 'playback request failed');
      if (!response.headersSent) answerProblem(request, response, { status: 500, code: 'INTERNAL', reason: 'failed' });
      else response.destroy();
    });
  }

  async #route(request: Request, response: Response): Promise<void> {
    if (offerOf(request)?.serves === 'ws-flv') return this.#answerUpgrade(request, response);
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

  #peerOf(request: Request): Peer {
    return offerOf(request)?.peer ?? peerOf(this.#peers, request);
  }

  /** The domain that the request's host leads to, or why it leads to none. */
  #hostOf(request: Request): HostVerdict {
    const found = this.#door.rules().playbackHost(hostOf(request), this.#door.clock.wallMs());
    if (found.domain && found.alias) {
      const address = addressOf(this.#door, this.#peerOf(request), request);
      this.#door.onAlias(found.domain.name, found.alias.name, address);
    }
    return found;
  }

  #isSentToHttps(domain: DomainRule, request: Request, response: Response): boolean {
    const { force, hstsSeconds } = domain.https;
    if (!force && hstsSeconds === 0) return false;
    const origin = originOf(this.#door, this.#peerOf(request), request);
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
      const play = playRequestOf(this.#door, this.#peerOf(request), request, domain, { ...named, protocol, ...url });
      countAs(response, this.#door.usage, play, COUNTED_AS[target.kind]);
      return play;
    };
    this.#askElsewhere(target, { domain: domain.name, app: named.app, name: named.stream }, request, response);
    switch (target.kind) {
      case 'flv':
        return this.#answerFlv(asked('flv'), request, response);
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
            origin: originOf(this.#door, this.#peerOf(request), request),
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

  /** What a node that only copies a stream has nothing of, another one may have. */
  #askElsewhere({ kind }: Target, id: StreamId, request: Request, response: Response): void {
    const { elsewhere } = this.#door;
    if (!elsewhere || kind === 'flv' || kind === 'asset' || kind === 'channels') return;
    mayBeElsewhere(response, () => elsewhere(id, request, this.#peerOf(request)));
  }

  #answerFlv(asked: PlayRequest, request: Request, response: Response): Promise<void> {
    if (asksForRenditions(asked.query)) return answerRenditions(this.#door, asked, request, response);
    const offer = offerOf(request);
    if (offer?.serves !== 'flv') return answerFlv(this.#door, asked, request, response);
    return answerOffered(this.#door, asked, { offer, protocol: 'flv', response: response as ServerResponse }, request);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#repeated.leave(socket as Socket);
    socket.on('error', () => socket.destroy());
    const asked = this.#upgradeAsked(request);
    if ('status' in asked) {
      refuseUpgrade(socket, asked.status, problemBody(asked));
      return;
    }
    this.#webSocketFlv.open(asked, request, socket, head).catch((error) => {
      this.#door.log.error({ error }, 'WebSocket request failed');
      socket.destroy();
    });
  }

  /** A worker's viewer asks for a WebSocket. */
  async #answerUpgrade(request: Request, response: Response): Promise<void> {
    const asked = this.#upgradeAsked(request);
    const offer = offerOf(request);
    if ('status' in asked) answerProblem(request, response, asked);
    else if (offer) {
      const offered = { offer, protocol: 'ws-flv', response: response as ServerResponse } as const;
      await answerOffered(this.#door, asked, offered, request);
    }
  }

  #upgradeAsked(request: Request): PlayRequest | Problem {
    const { path, query } = pathOf(request.url);
    const found = this.#hostOf(request);
    const { domain } = found;
    const target = domain && targetOf(resourcePath(path, domain.play.auth));
    if (!domain || target?.kind !== 'flv') return found.domain ? NOT_FLV : problemOf(found);
    const origin = originOf(this.#door, this.#peerOf(request), request);
    if (domain.https.force && !origin.startsWith('https:')) return HTTPS_REQUIRED;
    const { app, stream } = target;
    const named = { app, stream, path, query, protocol: 'ws-flv' } as const;
    return playRequestOf(this.#door, this.#peerOf(request), request, domain, named);
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
