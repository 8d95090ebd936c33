import { timingSafeEqual } from 'node:crypto';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import type { ControlDoor } from './control-door.ts';
import { addEventRoutes } from './event-routes.ts';
import { Login } from './login.ts';
import { sendProblem } from './problem.ts';

/** The console may load its own files and nothing else. */
const CONSOLE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** The operators' door: console, REST API, health and metrics. */
export function controlApp(door: ControlDoor): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.use((_request, response, next) => {
    response.set({
      'Content-Security-Policy': CONSOLE_POLICY,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
    });
    next();
  });
  addHealth(app, door);
  addMetrics(app, door);
  app.use('/api/v1', api(door));
  app.use('/_headwater', express.static(door.consoleDir, { index: false, immutable: true, maxAge: '1d' }));
  app.get('/', (_request, response) => {
    response.set('Cache-Control', 'no-cache').sendFile('console/index.html', { root: door.consoleDir });
  });
  app.use((_request, response) => sendProblem(response, 404, 'NOT_FOUND', 'there is nothing here'));
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    const status = statusOf(error);
    if (status >= 500) door.log.error({ error }, 'control request failed');
    sendProblem(response, status, status < 500 ? 'BAD_REQUEST' : 'INTERNAL', 'the request failed');
  });
  return app;
}

/** Metrics alone, for a port of their own. */
export function metricsApp(door: ControlDoor): Express {
  const app = express();
  app.disable('x-powered-by');
  addMetrics(app, door);
  return app;
}

function addHealth(app: Express, door: ControlDoor): void {
  app.get('/healthz', (_request, response) => {
    response.type('text/plain').send('ok\n');
  });
  app.get('/readyz', (_request, response) => {
    const { status, database, journal } = door.health();
    response.json({ status, database: { state: database.state, reason: database.reason }, journal });
  });
}

function addMetrics(app: Express, door: ControlDoor): void {
  app.get('/metrics', async (request, response) => {
    if (!mayScrape(request, door.metricsToken)) {
      sendProblem(response, 401, 'TOKEN_MISSING', 'metrics need their bearer token');
      return;
    }
    response.type(door.metrics.registry.contentType).send(await door.metrics.registry.metrics());
  });
  app.get('/metrics/sd', (_request, response) => {
    response.json([{ targets: door.metricsTargets(), labels: { job: 'headwater' } }]);
  });
}

function api(door: ControlDoor): express.Router {
  const router = express.Router();
  const login = new Login(door);
  router.use(express.json({ limit: '64kb' }));
  router.post('/login', (request, response) => login.logIn(request, response));
  router.post('/logout', (request, response) => login.logOut(request, response));
  router.use((request, response, next) => login.require(request, response, next));
  router.get('/streams', (_request, response) => {
    response.json({ streams: door.streams() });
  });
  router.delete('/streams/:domain/:app/:name', (request, response) => {
    const { domain, app, name } = request.params;
    if (door.kick({ domain, app, name })) response.status(204).end();
    else sendProblem(response, 404, 'STREAM_NOT_LIVE', 'the stream is not live');
  });
  router.get('/setup', (request, response) => {
    const { app, name } = request.query;
    response.json(door.pushSetup(typeof app === 'string' ? app : 'live', typeof name === 'string' ? name : 'demo'));
  });
  router.get('/health', (_request, response) => {
    response.json(door.health());
  });
  addEventRoutes(router, door);
  router.get('/callbacks/dead', async (_request, response) => {
    response.json({ deliveries: await door.deadLetters() });
  });
  return router;
}

function mayScrape(request: Request, token: string | undefined): boolean {
  if (token === undefined) return true;
  const given = Buffer.from(request.headers.authorization ?? '');
  const expected = Buffer.from(`Bearer ${token}`);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function statusOf(error: unknown): number {
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}
