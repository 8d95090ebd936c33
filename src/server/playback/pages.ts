import type { IncomingMessage } from 'node:http';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import http2Express from 'http2-express';
import { answerProblem } from './answer.ts';
import { BEACON_LIMIT, readBeacon } from './beacon.ts';
import type { Problem } from './exchange.ts';
import { PAGE_POLICY } from './page-policy.ts';
import type { PlaybackDoor } from './playback-door.ts';
import { targetOf } from './target.ts';

const ASSETS = '/_headwater';

const NOTHING: Problem = {
  status: 404,
  code: 'NOT_FOUND',
  reason: 'there is nothing here',
  remedy: 'A stream plays at /{app}/{stream}, and as /{app}/{stream}.m3u8 or .flv. The console has a port of its own.',
};

const FAILED: Problem = { status: 500, code: 'INTERNAL', reason: 'failed' };
const REFUSED: Problem = { status: 400, code: 'BAD_REQUEST', reason: 'the request makes no sense here' };

/** Everything of the playback door that is not media: the player page, its assets, players' beacons. */
export function playbackPages(door: PlaybackDoor): Express {
  const app = http2Express(express);
  app.disable('x-powered-by');
  app.set('etag', false);
  app.use((request, _response, next) => {
    // HTTP/2 has bodies without either header, which the body parser goes by.
    if (request.httpVersionMajor === 2) request.headers['transfer-encoding'] ??= 'chunked';
    next();
  });
  app.post(`${ASSETS}/beacon`, express.text({ limit: BEACON_LIMIT, type: () => true }), (request, response) => {
    const beacon = readBeacon(request.body);
    if (beacon) door.onBeacon(beacon);
    response
      .set('Access-Control-Allow-Origin', '*')
      .status(beacon ? 204 : 400)
      .end();
  });
  app.use(
    ASSETS,
    express.static(door.playerDir, { index: false, immutable: true, maxAge: '1d', setHeaders: assetHeaders }),
  );
  app.use((request, response) => {
    const target = targetOf((request as IncomingMessage).url?.split('?', 1)[0] ?? '/');
    const isPage = target?.kind === 'page' || target?.kind === 'asset-page';
    if (isPage && (request.method === 'GET' || request.method === 'HEAD')) {
      response.set({ 'Content-Security-Policy': PAGE_POLICY, 'Cache-Control': 'no-cache' });
      response.sendFile('watch/index.html', { root: door.playerDir });
    } else if (request.method === 'GET' && request.accepts(['json', 'html']) === 'html') {
      response.set({ 'Content-Security-Policy': PAGE_POLICY, 'Cache-Control': 'no-store' });
      response.status(NOTHING.status).sendFile('nothing/index.html', { root: door.playerDir });
    } else answerProblem(request, response, NOTHING);
  });
  // Express's own answer shows strangers a stack, and writes it past the log.
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const status = statusOf(error);
    if (status === undefined) door.log.error({ error }, 'playback request failed');
    answerProblem(request, response, status === undefined ? FAILED : { ...REFUSED, status });
  });
  return app;
}

/** Undefined for a fault of ours. */
function statusOf(error: unknown): number | undefined {
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}

/** Any page may fetch them. The snippet's name stays when it changes, the others have a hash in theirs. */
function assetHeaders(response: { setHeader(name: string, value: string): unknown }, file: string): void {
  response.setHeader('Access-Control-Allow-Origin', '*');
  if (file.endsWith('/headwater-beacon.js')) response.setHeader('Cache-Control', 'public, max-age=3600');
}
