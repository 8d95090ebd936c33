import { join } from 'node:path';
import type { ViewerSession, ViewerSessions } from '../access/index.ts';
import {
  type OverSessions,
  ShowFiles,
  type ShowNews,
  type ShowSummary,
  Shows,
  showSummary,
} from '../audience/index.ts';
import type { Registry } from '../live/index.ts';
import type { ShowReport, StreamEvent } from '../notify/index.ts';
import type { Publishers } from '../operations/index.ts';
import { StoredShows } from '../store/index.ts';
import type { Base } from './base.ts';
import type { State } from './open-state.ts';
import { STOP_CAUSES } from './stop-causes.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const KEPT_DAYS = 30;
const LAST_WRITE_MS = 3000;

type Neighbours = {
  readonly registry: Registry;
  readonly sessions: ViewerSessions;
  readonly publishers: Publishers;
  readonly overs: OverSessions;
  readonly count: (session: ViewerSession) => void;
  readonly node: string;
};

/** What each show came to: kept on the disk while it runs, in the database when it is over. */
export async function openShows({ config, log, clock, closer }: Base, state: State, neighbours: Neighbours) {
  const { registry, sessions, publishers, overs, node, count } = neighbours;
  const files = await ShowFiles.open(join(config.dataDir, 'shows'));
  const stored = new StoredShows(state.store);
  let isStopping = false;
  let work: Promise<unknown> = Promise.resolve();
  const then = (what: string, job: () => Promise<unknown>) => {
    work = work.then(job).catch((error) => log.warn({ error }, `${what} could not be kept`));
    return work;
  };
  const handOver = () => then('reports of shows', () => toDatabase(files, stored, state.secrets.nodeId));
  const shows = new Shows({
    node,
    wallMs: clock.wallMs,
    count,
    ownerOf: (session) => overs.ownerOf(session),
    totalsOf: (session) => overs.viewings.totalsOf(session),
    ingestBytesOf: (sessionId) => publishers.get(sessionId)?.state?.ingest.meter.totalBytes ?? 0,
    endReasonOf: ({ ending }) => (isStopping ? 'server_stop' : STOP_CAUSES[ending ?? 'LOST']),
    onEnded: (summary) => {
      writtenAtMs.delete(summary.id);
      void then('the report of a show', () => files.write(summary));
      void handOver();
    },
  });
  registry.listen(shows);
  sessions.listen(shows);
  const writtenAtMs = new Map<string, number>();
  /** Each show once a minute, the first time a few seconds after it began. */
  const tick = () => {
    shows.tick();
    const nowMs = clock.nowMs();
    for (const summary of shows.summaries()) {
      if (nowMs - (writtenAtMs.get(summary.id) ?? Number.NEGATIVE_INFINITY) < MINUTE_MS) continue;
      writtenAtMs.set(summary.id, nowMs);
      void then('the report of a show', () => files.write(summary));
    }
  };
  const prune = () =>
    stored.isReady && then('reports of shows', () => stored.prune(new Date(clock.wallMs() - KEPT_DAYS * DAY_MS)));
  const minutes = setInterval(handOver, MINUTE_MS).unref();
  const days = setInterval(prune, DAY_MS).unref();
  closer.add('reports of shows', {
    close: async () => {
      clearInterval(minutes);
      clearInterval(days);
      shows.close();
      await Promise.race([work, new Promise((resolve) => setTimeout(resolve, LAST_WRITE_MS).unref())]);
    },
  });
  /** Of this node without the database, of all nodes with it. */
  const find = async (sessionId: string): Promise<ShowSummary | undefined> =>
    shows.find(sessionId) ?? files.find(sessionId) ?? (await found(stored, sessionId));
  return {
    shows,
    tick,
    stored,
    find,
    stop: () => {
      isStopping = true;
    },
    heard: (event: StreamEvent) => {
      const news = newsOf(event);
      if (news) shows.tell({ domain: event.domain, app: event.app, name: event.stream }, event.sessionId, news);
    },
    reportOf: (sessionId: string) => {
      const summary = shows.find(sessionId) ?? files.find(sessionId);
      return summary && shortReportOf(summary);
    },
  };
}

export type OpenShows = Awaited<ReturnType<typeof openShows>>;

async function toDatabase(files: ShowFiles, stored: StoredShows, nodeId: string): Promise<void> {
  for (const summary of files.ended()) {
    if (!stored.isReady) return;
    const { id, domain, app, stream, startedAtMs, endedAtMs = startedAtMs, connections } = summary;
    await stored.put({
      ...{ id, node_id: nodeId, domain, app, stream, summary: { ...summary } },
      started_at: new Date(startedAtMs),
      ended_at: new Date(endedAtMs),
      sessions: connections.map(({ sessionId }) => sessionId),
    });
    await files.remove(id);
  }
}

async function found(stored: StoredShows, sessionId: string): Promise<ShowSummary | undefined> {
  const row = await stored.find(sessionId);
  return row && showSummary.safeParse(row.summary).data;
}

function newsOf({ kind, data }: StreamEvent): ShowNews | undefined {
  if (kind === 'snapshot') return { kind: 'snapshot' };
  if (kind === 'record_file' && data.recording) {
    const { storage, object, format, durationMs, sizeBytes } = data.recording;
    return { kind: 'recording', file: { storage, object, format, durationMs, sizeBytes } };
  }
  if (!kind.startsWith('rendition_') && kind !== 'encoder_fallback') return undefined;
  const rendition = data.rendition ?? data.template;
  return {
    ...{ kind: 'ladder', event: kind },
    ...(rendition !== undefined && { rendition }),
    ...(data.reason !== undefined && { reason: data.reason }),
  };
}

/** What callbacks say of a show. */
function shortReportOf(summary: ShowSummary): ShowReport {
  const { startedAtMs, endedAtMs = summary.savedAtMs, viewers, players, egressByDoor } = summary;
  const played = players.watchedMs + players.stalledMs;
  return {
    sessionId: summary.id,
    durationMs: Math.round(endedAtMs - startedAtMs),
    connections: summary.connectionCount,
    peakViewers: viewers.peak,
    viewers: viewers.unique,
    plays: viewers.sessions,
    watchedMs: summary.watchedMs,
    egressBytes: Object.values(egressByDoor).reduce((sum, bytes) => sum + bytes, 0),
    stalls: players.stalls,
    ...(played > 0 && { rebufferShare: Math.round((players.stalledMs / played) * 1e4) / 1e4 }),
  };
}
