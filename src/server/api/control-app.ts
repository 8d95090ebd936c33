import { timingSafeEqual } from 'node:crypto';
import express, { type Express, type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import {
  accountOperations,
  alarmOperations,
  allRulesOperations,
  applyOperation,
  apsaraOperations,
  assetCareOperations,
  assetFileOperations,
  assetOperations,
  auditOperations,
  blockOperations,
  categoryOperations,
  certificateOperations,
  clipOperations,
  costOperations,
  dataKeyOperations,
  deliveryOperations,
  domainCheckOperations,
  drainOperations,
  eventOperations,
  forwarded,
  healthOperations,
  historyOperations,
  hostOperations,
  importOperations,
  indexFileOperations,
  inventoryOperation,
  jobOperations,
  keyOperations,
  limitOperations,
  linkOperations,
  loadOperations,
  markerOperations,
  mediaTaskOperations,
  mediaTemplateOperations,
  nodeOperations,
  type Operation,
  operationErrorOf,
  pipelineOperations,
  playAddressOperations,
  playOperations,
  recordingOperations,
  relayOperations,
  reportOperations,
  settingsOperations,
  silenceOperations,
  snapshotOperations,
  storageOperations,
  streamOperations,
  streamStateOperations,
  topOperations,
  trafficOperations,
  triggerOperations,
  uploadOperations,
  usageOperations,
  userOperations,
  workflowOperations,
} from '../../operations/index.ts';
import type { ControlDoor } from './control-door.ts';
import { filesElsewhere } from './files-elsewhere.ts';
import { followEvents } from './follow-events.ts';
import { Guard } from './guard.ts';
import { Login } from './login.ts';
import type { MediaOperation } from './media-operation.ts';
import { mediaOperations } from './media-operations.ts';
import { mediaTaskFiles } from './media-task-files.ts';
import { OPEN } from './open-operations.ts';
import { openApiDocument } from './openapi.ts';
import { sendOperationError, sendProblem } from './problem.ts';
import { addMediaOperations, addOperations } from './rest.ts';
import { usageFiles } from './usage-files.ts';

const POLICY = policyFor([]);

/** The operators' door: console, REST API, health and metrics, and beside them ApsaraVideo's own OpenAPI. */
export function controlApp(door: ControlDoor, apsara: RequestHandler): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.use((_request, response, next) => {
    response.set({
      'Content-Security-Policy': POLICY,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
    });
    next();
  });
  addHealth(app, door);
  addMetrics(app, door);
  app.use('/api/v1', api(door));
  app.use('/_headwater', express.static(door.consoleDir, { index: false, immutable: true, maxAge: '1d' }));
  app.use(apsara);
  // The page itself knows which of its addresses there are.
  app.get(['/', '/console', '/console/*page'], (_request, response) => {
    response.set({
      'Cache-Control': 'no-cache',
      'Content-Security-Policy': policyFor(door.playOrigins(), new URL(door.mediaUploads.endpoint()).origin),
    });
    response.sendFile('console/index.html', { root: door.consoleDir });
  });
  app.get('/api', (_request, response) => {
    response.set('Cache-Control', 'no-cache').sendFile('reference/index.html', { root: door.consoleDir });
  });
  app.use((_request, response) => sendProblem(response, 404, 'NOT_FOUND', 'there is nothing here'));
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    if (response.headersSent) return void response.destroy();
    const known = operationErrorOf(error);
    if (known) return sendOperationError(response, known);
    const status = statusOf(error);
    if (status >= 500) door.log.error({ error }, 'control request failed');
    sendProblem(response, status, status < 500 ? 'BAD_REQUEST' : 'INTERNAL', 'the request failed');
  });
  return app;
}

/**
 * The console may load its own files, play from the doors of this server and upload to its own; what it plays by Media Source Extensions
 * has a blob: URL.
 */
function policyFor(playOrigins: readonly string[], uploadOrigin = ''): string {
  const media = ["'self'", ...playOrigins].join(' ');
  return `default-src 'none'; script-src 'self'; style-src 'self'; img-src ${media} data: blob:; media-src ${media} blob:; connect-src ${media} ${uploadOrigin}; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`;
}

/** Metrics alone, for a port of their own. */
function metricsApp(door: MetricsDoor): Express {
  const app = express();
  app.disable('x-powered-by');
  addMetrics(app, door);
  return app;
}

/** Metrics on a port of their own, and for load balancers whether to send anybody here, without the reasons. */
export function watchedApp(door: MetricsDoor & Pick<ControlDoor, 'health'>): Express {
  const app = metricsApp(door);
  app.get('/healthz', (_request, response) => {
    response.type('text/plain').send('ok\n');
  });
  app.get('/readyz', (_request, response) => {
    const { status } = door.health();
    response.status(readyStatus(status)).json({ status });
  });
  return app;
}

type MetricsDoor = Pick<ControlDoor, 'metrics' | 'metricsToken' | 'metricsTargets'>;

/** The door of a process that only works: metrics, and whether it lives and can do something. */
export function workerApp(door: MetricsDoor & { readonly databaseFailure: () => string | undefined }): Express {
  const app = metricsApp(door);
  app.get('/healthz', (_request, response) => {
    response.type('text/plain').send('ok\n');
  });
  app.get('/readyz', (_request, response) => {
    const reason = door.databaseFailure();
    const database = reason === undefined ? { state: 'ready' } : { state: 'unavailable', reason };
    response
      .status(reason === undefined ? 200 : 503)
      .json({ status: reason === undefined ? 'ok' : 'degraded', database });
  });
  return app;
}

/** What is not well is no reason to send nobody here; that it leaves is. */
function readyStatus(status: ReturnType<ControlDoor['health']>['status']): number {
  return status === 'draining' ? 503 : 200;
}

function addHealth(app: Express, door: ControlDoor): void {
  app.get('/healthz', (_request, response) => {
    response.type('text/plain').send('ok\n');
  });
  app.get('/readyz', (_request, response) => {
    const { status, database, journal, storages, archive } = door.health();
    response
      .status(readyStatus(status))
      .json({ status, database: { state: database.state, reason: database.reason }, journal, storages, archive });
  });
}

function addMetrics(app: Express, door: MetricsDoor): void {
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
  const guard = new Guard(door.identity);
  router.use(
    ['/rules', '/apply', '/assets/import'],
    (request, response, next) => login.require(request, response, next),
    express.json({ limit: '4mb' }),
  );
  router.use(express.json({ limit: '64kb' }));
  const document = onceMade(() => apiDocument(door));
  router.post('/login', (request, response) => {
    // The console's forms are made of it.
    void document();
    return login.logIn(request, response);
  });
  router.post('/logout', (request, response) => login.logOut(request, response));
  addDocument(router, document);
  router.use((request, response, next) => login.require(request, response, next));
  addMediaOperations(router, guard, filesOf(door));
  addOperations(router, { guard, repeats: door.repeats }, operationsOf(door));
  return router;
}

/** It says nothing of this server, so that anybody may read it. */
function addDocument(router: express.Router, document: () => Promise<string>): void {
  router.get('/openapi.json', async (_request, response) => {
    response
      .set('Cache-Control', 'no-cache')
      .type('application/json')
      .send(await document());
  });
}

/** JSON that is made when it is first asked for. */
function onceMade(make: () => Promise<unknown>): () => Promise<string> {
  let made: Promise<string> | undefined;
  return () => {
    made ??= make().then((value) => JSON.stringify(value));
    return made;
  };
}

/** The OpenAPI document of all that this door does. */
export function apiDocument(door: ControlDoor): Promise<Readonly<Record<string, unknown>>> {
  return openApiDocument([...operationsOf(door), ...filesOf(door)], OPEN);
}

function filesOf(door: ControlDoor): readonly MediaOperation[] {
  const { usage, media, otherNodes } = door;
  return [
    ...(otherNodes ? filesElsewhere(ownFilesOf(door), otherNodes) : ownFilesOf(door)),
    followEvents,
    ...mediaTaskFiles(media),
    ...usageFiles(usage),
  ];
}

/** Those that belong to streams of this node. */
export function ownFilesOf(door: ControlDoor): readonly MediaOperation[] {
  return mediaOperations({ ...door.recording, ...door.clipping, ...door });
}

/** Everything that can be asked for as JSON, in the order of the reference; what is another node's to do is done there. */
export function operationsOf(door: ControlDoor): readonly Operation[] {
  return door.otherNodes ? forwarded(ownOperationsOf(door), door.otherNodes) : ownOperationsOf(door);
}

/** The same, all done here. */
export function ownOperationsOf(door: ControlDoor): readonly Operation[] {
  return [
    ...streamOperations(door.streams),
    ...streamStateOperations(door.streamState),
    ...historyOperations(door.history),
    ...topOperations(door.top),
    ...reportOperations(door.reports),
    ...limitOperations(door.limits),
    ...usageOperations(door.usage),
    ...costOperations(door.costs),
    ...blockOperations(door.blocks),
    ...linkOperations(door.links),
    ...allRulesOperations(door.rules),
    ...storageOperations(door.storages),
    ...snapshotOperations(door.snapshots),
    ...uploadOperations(door.mediaUploads),
    ...importOperations(door.mediaUploads),
    applyOperation(door),
    inventoryOperation(door),
    ...recordingOperations(door.recording),
    ...clipOperations(door.clipping),
    ...markerOperations(door.clipping),
    ...indexFileOperations(door.clipping.indexFiles),
    ...playOperations(door.assetPlay),
    ...playAddressOperations(door.assetPlay),
    ...pipelineOperations(door.jobs),
    ...jobOperations(door.jobs),
    ...workflowOperations(door.workflows),
    ...triggerOperations(door.workflows),
    ...relayOperations(door.relays),
    ...assetOperations(door.library),
    ...assetCareOperations(door.library),
    ...assetFileOperations({ ...door.library, templates: door.media.templates }),
    ...categoryOperations(door.library),
    ...mediaTaskOperations(door.media),
    ...mediaTemplateOperations(door.media),
    ...dataKeyOperations(door.media),
    ...deliveryOperations(door.deliveries),
    ...hostOperations(door.hosts),
    ...domainCheckOperations(door.domainCheck),
    ...certificateOperations(door.certificates),
    ...alarmOperations(door.alarms),
    ...silenceOperations(door.silences),
    ...eventOperations(door.events),
    ...accountOperations(door.identity),
    ...userOperations(door.identity),
    ...keyOperations(door.identity),
    ...auditOperations(door.identity),
    ...healthOperations(door.health),
    ...drainOperations(door.drain),
    ...nodeOperations(door.nodes),
    ...loadOperations(door.load),
    ...settingsOperations(door.settings),
    ...trafficOperations(door.traffic),
    ...apsaraOperations(door.apsara),
  ];
}

function mayScrape(request: Request, token: string | undefined): boolean {
  if (token === undefined) return true;
  const given = Buffer.from(request.headers.authorization ?? '');
  const expected = Buffer.from(`Bearer ${token}`);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function statusOf(error: unknown): number {
  // Node found out within a body that what comes is no HTTP.
  if (typeof error === 'object' && error !== null && 'code' in error && /^HPE_/.test(String(error.code))) return 400;
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}
