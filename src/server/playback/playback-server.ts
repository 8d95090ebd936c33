import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createSecureServer, type Http2SecureServer, type SecureServerOptions } from 'node:http2';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { ConnectionLimits, resourcePath } from '../../access/index.ts';
import type { DomainRule, PlayProtocol } from '../../rules/index.ts';
import { hostOf, playRequestOf } from './admission.ts';
import { answerProblem, CORS_HEADERS, type Problem, type Request, type Response } from './answer.ts';
import { answerChannels } from './channel-list.ts';
import { Hls } from './hls.ts';
import { answerFlv } from './http-flv.ts';
import type { PlaybackDoor } from './playback-door.ts';
import { type Target, targetOf } from './target.ts';
import { refuseUpgrade, WebSocketFlv } from './web-socket-flv.ts';

const UNKNOWN_HOST: Problem = {
  status: 404,
  code: 'UNKNOWN_HOST',
  reason: 'no domain is configured for this host name',
  remedy: 'Add the host name to a domain in the rules, or set unknownHosts to default.',
};
const PREFLIGHT_HEADERS = {
  ...CORS_HEADERS,
  'Access-Control-Allow-Methods': 'GET, HEAD, OPTIONS',
  'Access-Control-Allow-Headers': 'Range, Content-Type, Accept, Origin',
  'Access-Control-Max-Age': '86400',
};

/** The viewers' HTTP door. Media is answered here; what is not media goes to the pages. */
export class PlaybackServer {
  readonly #door: PlaybackDoor;
  readonly #pages: RequestListener;
  readonly #hls: Hls;
  readonly #limits: ConnectionLimits;
  readonly #webSocketFlv: WebSocketFlv;
  readonly #servers: (Server | Http2SecureServer)[] = [];

  /** @param pages answers what names no media */
  constructor(door: PlaybackDoor, pages: RequestListener) {
    this.#door = door;
    this.#pages = pages;
    this.#hls = new Hls(door);
    this.#limits = new ConnectionLimits({ ...door.limits, isExempt: (address) => door.clients.isTrusted(address) });
    this.#webSocketFlv = new WebSocketFlv(door);
  }

  /** A listener that is not listening yet: HTTP/1.1, or HTTPS with HTTP/2 where `tls` is given. */
  listener(tls?: SecureServerOptions): Server | Http2SecureServer {
    const server = tls
      ? createSecureServer({ ...tls, allowHTTP1: true }, (request, response) => this.#handle(request, response))
      : createServer({ keepAliveTimeout: 65_000 }, (request, response) => this.#handle(request, response));
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#upgrade(request, socket, head);
    });
    server.on('connection', (socket: Socket) => this.#accept(socket));
    this.#servers.push(server);
    return server;
  }

  async close(): Promise<void> {
    this.#hls.close();
    await Promise.all(
      this.#servers.map(
        (server) =>
          new Promise<void>((resolve) => {
            server.close(() => resolve());
            if ('closeAllConnections' in server) server.closeAllConnections();
          }),
      ),
    );
  }

  #accept(socket: Socket): void {
    const leave = this.#limits.enter(socket.remoteAddress ?? '');
    if (leave) socket.once('close', leave);
    else socket.destroy();
  }

  #handle(request: Request, response: Response): void {
    this.#route(request, response).catch((error) => {
      this.#door.log.error({ error, path: pathOf(request.url).path }, 'playback request failed');
      if (!response.headersSent) answerProblem(request, response, { status: 500, code: 'INTERNAL', reason: 'failed' });
      else response.destroy();
    });
  }

  async #route(request: Request, response: Response): Promise<void> {
    const { path, query } = pathOf(request.url);
    const domain = this.#door.rules().domainForPlaybackHost(hostOf(request));
    const target = domain && targetOf(resourcePath(path, domain.play.auth));
    if (request.method === 'OPTIONS') {
      (response as import('node:http').ServerResponse).writeHead(204, PREFLIGHT_HEADERS).end();
    } else if (!domain && !path.startsWith('/_headwater/')) {
      answerProblem(request, response, UNKNOWN_HOST);
    } else if (!domain || !target || target.kind === 'page' || !isRead(request.method)) {
      this.#pages(request as IncomingMessage, response as import('node:http').ServerResponse);
    } else {
      await this.#answerTarget(target, domain, { path, query }, request, response);
    }
  }

  async #answerTarget(
    target: Exclude<Target, { kind: 'page' }>,
    domain: DomainRule,
    url: { readonly path: string; readonly query: string },
    request: Request,
    response: Response,
  ): Promise<void> {
    const stream = target.kind === 'channels' ? '' : target.stream;
    const asked = (protocol: PlayProtocol) =>
      playRequestOf(this.#door, request, domain, { app: target.app, stream, protocol, ...url });
    switch (target.kind) {
      case 'flv':
        return answerFlv(this.#door, asked('flv'), request, response);
      case 'playlist':
        return this.#hls.answerMultivariant(asked('hls'), request, response);
      case 'hls':
        return this.#hls.answerFile(target, asked('hls'), target.token, request, response);
      case 'channels':
        return answerChannels(this.#door, asked('hls'), request, response);
    }
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const { path, query } = pathOf(request.url);
    const domain = this.#door.rules().domainForPlaybackHost(hostOf(request));
    const target = domain && targetOf(resourcePath(path, domain.play.auth));
    if (!domain || target?.kind !== 'flv') {
      refuseUpgrade(socket, { status: 404, code: 'NOT_FOUND', reason: 'no stream of this name' });
      return;
    }
    const { app, stream } = target;
    const asked = playRequestOf(this.#door, request, domain, { app, stream, path, query, protocol: 'ws-flv' });
    this.#webSocketFlv.open(asked, request, socket, head).catch((error) => {
      this.#door.log.error({ error }, 'WebSocket request failed');
      socket.destroy();
    });
  }
}

function isRead(method: string | undefined): boolean {
  return method === 'GET' || method === 'HEAD';
}

function pathOf(url: string | undefined): { readonly path: string; readonly query: string } {
  const whole = url ?? '/';
  const at = whole.indexOf('?');
  return at < 0 ? { path: whole, query: '' } : { path: whole.slice(0, at), query: whole.slice(at + 1) };
}
