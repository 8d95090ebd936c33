import type { IncomingMessage } from 'node:http';
import express, { type Express } from 'express';
import http2Express from 'http2-express';
import { answerProblem } from './answer.ts';
import { BEACON_LIMIT, readBeacon } from './beacon.ts';
import type { PlaybackDoor } from './playback-door.ts';
import { targetOf } from './target.ts';

const ASSETS = '/_headwater';

/** The page may be embedded anywhere, and plays from where it came. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src * blob:; connect-src *; worker-src 'self'; base-uri 'none'; form-action 'self'";

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
    express.static(door.playerDir, { index: false, immutable: true, maxAge: '1d', setHeaders: allowAny }),
  );
  app.use((request, response) => {
    const target = targetOf((request as IncomingMessage).url?.split('?', 1)[0] ?? '/');
    if (target?.kind === 'page' && (request.method === 'GET' || request.method === 'HEAD')) {
      response.set({ 'Content-Security-Policy': PAGE_POLICY, 'Cache-Control': 'no-cache' });
      response.sendFile('watch/index.html', { root: door.playerDir });
      return;
    }
    answerProblem(request, response, { status: 404, code: 'NOT_FOUND', reason: 'there is nothing here' });
  });
  return app;
}

function allowAny(response: { setHeader(name: string, value: string): unknown }): void {
  response.setHeader('Access-Control-Allow-Origin', '*');
}
