import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { StorageError } from '../../storage/index.ts';
import { UploadError } from '../../vod/upload/index.ts';
import { limitConnections, limitRequests } from '../http/index.ts';
import { OssDoor } from './oss-door.ts';
import { TUS_PATH, TusDoor } from './tus-door.ts';
import type { UploadDoor } from './upload-door.ts';

const HEAD_MS = 15_000;
/** A client that sends nothing for so long is gone; what it sent stays. */
const IDLE_MS = 60_000;
/** What a client goes on sending after it was refused is read for so long. */
const DRAIN_MS = 3_000;

const CORS = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers':
    'ETag, Location, Upload-Offset, Upload-Length, Upload-Metadata, Upload-Expires, Tus-Resumable, Tus-Version, Tus-Extension, Tus-Max-Size, Tus-Checksum-Algorithm, x-oss-request-id, x-oss-hash-crc64ecma, x-oss-next-append-position',
};

/** The door of uploads: tus below its path, and everywhere else what clients of OSS ask for. */
export class UploadServer {
  readonly #door: UploadDoor;
  readonly #tus: TusDoor;
  readonly #oss: OssDoor;
  readonly #servers: Server[] = [];

  constructor(door: UploadDoor) {
    this.#door = door;
    this.#tus = new TusDoor(door);
    this.#oss = new OssDoor(door);
  }

  /** A server that listens nowhere yet. */
  listener(): Server {
    // A whole upload may take any time, as long as bytes come.
    const server = createServer({ requestTimeout: 0, headersTimeout: HEAD_MS, keepAliveTimeout: 65_000 });
    server.timeout = IDLE_MS;
    const { limits } = this.#door;
    const listener = limitRequests((request, response) => void this.#answer(request, response), limits);
    server.on('request', listener);
    limitConnections(server, limits);
    this.#servers.push(server);
    return server;
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#servers.map(
        (server) =>
          new Promise<void>((resolve) => {
            server.close(() => resolve());
            server.closeAllConnections();
          }),
      ),
    );
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(CORS)) response.setHeader(name, value);
    const path = (request.url ?? '').split('?')[0] ?? '';
    const isTus = path === TUS_PATH || path.startsWith(`${TUS_PATH}/`);
    if (request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined) {
      preflight(request, response);
      return;
    }
    try {
      if (path === '/_upload/health') response.writeHead(200).end('ok\n');
      else if (isTus) await this.#tus.answer(request, response, path);
      else await this.#oss.answer(request, response);
    } catch (error) {
      this.#refuse(request, response, error);
    } finally {
      endRequest(request, response);
    }
  }

  #refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    if (request.socket.destroyed || response.headersSent) return void response.destroy();
    const known = problemOf(error);
    if (!known) this.#door.log.error({ error }, 'an upload failed unexpectedly');
    const { status, ...problem } = known ?? { status: 500, code: 'INTERNAL', title: 'the upload failed' };
    const body = Buffer.from(JSON.stringify({ type: 'about:blank', status, ...problem }));
    response.writeHead(status, { 'Content-Type': 'application/problem+json', 'Content-Length': body.length });
    response.end(request.method === 'HEAD' ? undefined : body);
  }
}

function problemOf(error: unknown) {
  if (error instanceof UploadError) {
    const { status, code, message: title, remedy } = error;
    return { status, code, title, remedy };
  }
  if (!(error instanceof StorageError)) return undefined;
  const { code, message: title, remedy } = error;
  return { status: code === 'STORAGE_FULL' ? 507 : code === 'STORAGE_UNREACHABLE' ? 503 : 500, code, title, remedy };
}

function preflight(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('Access-Control-Allow-Methods', 'GET, HEAD, PUT, POST, PATCH, DELETE, OPTIONS');
  const asked = request.headers['access-control-request-headers'];
  if (asked !== undefined) response.setHeader('Access-Control-Allow-Headers', asked);
  response.setHeader('Access-Control-Max-Age', '86400');
  response.writeHead(204).end();
}

/** Whoever was answered before all was read may be sending still, and hears the answer only if somebody reads. */
function endRequest(request: IncomingMessage, response: ServerResponse): void {
  if (request.complete || request.destroyed) return;
  const timer = setTimeout(() => request.socket.destroy(), DRAIN_MS);
  request.once('close', () => clearTimeout(timer));
  response.once('close', () => clearTimeout(timer));
  request.resume();
}
