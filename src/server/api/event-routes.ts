import type { NextFunction, Request, Response, Router } from 'express';
import type { ControlDoor } from './control-door.ts';
import { sendProblem } from './problem.ts';

const MOST_EVENTS = 1000;
const MAX_WAIT_SECONDS = 30;
/** Long polls at once; more are answered without waiting. */
const MAX_WAITING = 100;

/**
 * `GET /events?after={cursor}|latest` or `?since={ISO date}`, with `waitSeconds` (to 30) a long poll; `GET /backup`, the
 * database as a gzipped file.
 */
export function addEventRoutes(router: Router, door: ControlDoor): void {
  let waiting = 0;
  router.get('/events', async (request, response, next) => {
    const waitMs = waiting < MAX_WAITING ? waitMsOf(request) : 0;
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    waiting++;
    try {
      const cursor = await cursorOf(request, door);
      if (cursor === undefined) sendProblem(response, 400, 'BAD_CURSOR', 'no such cursor', 'Give after or since.');
      else response.json(await door.eventsAfter(cursor, MOST_EVENTS, { waitMs, signal: gone.signal }));
    } catch (error) {
      sendTrouble(error, response, next);
    } finally {
      waiting--;
    }
  });
  router.get('/backup', async (_request, response, next) => {
    response.set('Content-Disposition', 'attachment; filename="headwater-backup.gz"').type('application/gzip');
    try {
      await door.backup(response);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else {
        response.removeHeader('Content-Disposition');
        sendTrouble(error, response, next);
      }
    }
  });
}

function waitMsOf(request: Request): number {
  const seconds = Number(request.query.waitSeconds);
  return seconds > 0 ? Math.min(seconds, MAX_WAIT_SECONDS) * 1000 : 0;
}

async function cursorOf({ query }: Request, door: ControlDoor): Promise<number | undefined> {
  if (query.after === 'latest') return door.eventCursor();
  if (typeof query.since === 'string') {
    const since = new Date(query.since);
    return Number.isNaN(since.getTime()) ? undefined : door.eventCursor(since);
  }
  const after = Number(query.after ?? 0);
  return Number.isSafeInteger(after) && after >= 0 ? after : undefined;
}

/** Without the database these say so, with the remedy; anything else is a fault. */
function sendTrouble(error: unknown, response: Response, next: NextFunction): void {
  if (error instanceof Error && 'remedy' in error && typeof error.remedy === 'string') {
    sendProblem(response, 503, 'DATABASE_UNAVAILABLE', error.message, error.remedy);
  } else next(error);
}
