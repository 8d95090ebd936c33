import { z } from 'zod';
import type { ByDoor, ShowSummary } from '../audience/index.ts';
import type { KeptClip } from '../clip/index.ts';
import type { CallbackCounts, PublishedSession } from '../store/index.ts';
import { isoOf } from './schemas.ts';
import type { ShowReportAnswer } from './show-report-schema.ts';

/** What a report is made of beside the show itself. */
export type ReportParts = {
  /** Undefined where the database is away. */
  readonly callbacks: CallbackCounts | undefined;
  /** What events say of recorded files; undefined where the database is away. */
  readonly recordings: readonly Record<string, unknown>[] | undefined;
  readonly clips: readonly KeptClip[];
  readonly cost: ShowReportAnswer['cost'];
};

const NO_VIEWERS: ByDoor = { flv: 0, 'ws-flv': 0, rtmp: 0, hls: 0 };

/** The report of a show, from what is kept of it. */
export function reportOf(show: ShowSummary, parts: ReportParts, isPartial = false): ShowReportAnswer {
  const { viewers, players, curve, egressByDoor, endedAtMs, startup } = show;
  const playedMs = players.watchedMs + players.stalledMs;
  const { domain, app, stream, node } = show;
  return {
    sessionId: show.id,
    state: endedAtMs === undefined ? 'running' : 'ended',
    isPartial,
    ...{ domain, app, stream },
    ...(node !== '' && { node }),
    startedAt: isoOf(show.startedAtMs),
    ...(endedAtMs !== undefined && { endedAt: isoOf(endedAtMs) }),
    durationSeconds: secondsOf((endedAtMs ?? show.savedAtMs) - show.startedAtMs),
    ...(show.endReason !== undefined && { endReason: show.endReason }),
    connections: show.connections.map(({ sessionId, startedAtMs, endedAtMs: until, endReason }) => ({
      ...{ sessionId, startedAt: isoOf(startedAtMs) },
      ...(until !== undefined && { endedAt: isoOf(until) }),
      ...(endReason !== undefined && { endReason }),
    })),
    reconnects: Math.max(0, show.connectionCount - 1),
    viewers: {
      ...{ peak: viewers.peak, peakAt: isoOf(viewers.peakAtMs), peakByDoor: shownByDoor(viewers.peakByDoor) },
      ...{ unique: viewers.unique, plays: viewers.sessions, endings: show.endings },
      watchedSeconds: secondsOf(show.watchedMs),
      averageSeconds: viewers.sessions === 0 ? 0 : secondsOf(show.watchedMs / viewers.sessions),
    },
    curve: {
      stepSeconds: curve.stepMs / 1000,
      points: curve.points.map(({ atMs, viewers: at, allViewers, bytes }) => ({
        ...{ at: isoOf(atMs), viewers: shownByDoor(at), allViewers, bytes },
      })),
    },
    quality: {
      ...{ plays: players.sessions, stalls: players.stalls, stalledSeconds: secondsOf(players.stalledMs) },
      rebufferShare: playedMs > 0 ? players.stalledMs / playedMs : null,
      startup: startup ?? null,
      joins: shownJoins(show.joins),
    },
    traffic: {
      ingestBytes: show.ingestBytes,
      egressBytes: Object.values(egressByDoor).reduce((sum, bytes) => sum + bytes, 0),
      egressByDoor: shownByDoor(egressByDoor),
    },
    health: show.findings.map(({ code, sentence, fromMs, untilMs }) => ({
      ...{ code, sentence, from: isoOf(fromMs) },
      ...(untilMs !== undefined && { until: isoOf(untilMs) }),
    })),
    ladder: show.ladder.map(({ atMs, ...note }) => ({ at: isoOf(atMs), ...note })),
    callbacks: parts.callbacks ? shownCallbacks(parts.callbacks) : null,
    files: filesOf(show, parts),
    cost: parts.cost,
  };
}

/** What can be said of a publish that no show was kept of. */
export function summaryOfPublish(session: Omit<PublishedSession, 'place'>, nowMs: number): ShowSummary | undefined {
  const { id, domain, app, stream, opened_at: opened, closed_at: closed, close_reason: reason, data } = session;
  const startedAtMs = (opened ?? closed)?.getTime();
  if (startedAtMs === undefined) return undefined;
  const ending = { ...(closed && { endedAtMs: closed.getTime() }), ...(reason !== null && { endReason: reason }) };
  return {
    version: 1,
    ...{ id, domain, app, stream, startedAtMs, savedAtMs: nowMs, ...ending },
    node: typeof data.node === 'string' ? data.node : '',
    connections: [{ sessionId: id, startedAtMs, ...ending }],
    connectionCount: 1,
    viewers: { peak: 0, peakAtMs: startedAtMs, peakByDoor: NO_VIEWERS, sessions: 0, unique: 0 },
    watchedMs: 0,
    egressByDoor: NO_VIEWERS,
    ingestBytes: 0,
    players: { sessions: 0, watchedMs: 0, stalledMs: 0, stalls: 0 },
    joins: {},
    endings: {},
    curve: { stepMs: 10_000, points: [] },
    findings: [],
    ladder: [],
    snapshots: 0,
    recordings: [],
  };
}

function filesOf(show: ShowSummary, { recordings: told, clips }: ReportParts): ShowReportAnswer['files'] {
  const fromEvents = told?.flatMap((data) => recorded.safeParse(data).data?.recording ?? []);
  const all = fromEvents && fromEvents.length >= show.recordings.length ? fromEvents : show.recordings;
  const recordings = all.map(({ durationMs, ...file }) => ({ ...file, durationSeconds: secondsOf(durationMs) }));
  const shownClips = clips.map((clip) => ({
    ...{ id: clip.id, title: clip.title, state: clip.state },
    ...(clip.state === 'ready' && { durationSeconds: secondsOf(clip.durationMs), sizeBytes: clip.sizeBytes }),
  }));
  const bytes = [...recordings, ...shownClips].reduce((sum, file) => sum + (file.sizeBytes ?? 0), 0);
  return { recordings, clips: shownClips, snapshots: show.snapshots, bytes };
}

const recorded = z.object({
  recording: z.object({
    ...{ storage: z.string(), object: z.string(), format: z.string() },
    ...{ durationMs: z.number(), sizeBytes: z.number() },
  }),
});

function shownCallbacks({ delivered, pending, dead, failedTries }: CallbackCounts) {
  return { delivered, waiting: pending, failed: dead, failedTries };
}

function shownByDoor({ flv, 'ws-flv': wsFlv, rtmp, hls }: ByDoor) {
  return { flv, wsFlv, rtmp, hls };
}

function shownJoins({ flv, 'ws-flv': wsFlv, rtmp, hls }: ShowSummary['joins']) {
  return { ...(flv && { flv }), ...(wsFlv && { wsFlv }), ...(rtmp && { rtmp }), ...(hls && { hls }) };
}

function secondsOf(durationMs: number): number {
  return Math.round(durationMs) / 1000;
}
