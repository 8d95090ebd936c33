import { type Fields, fields, list, number, text } from '../../answers/answer-fields.ts';

/** The doors, in the order of the graph's colours. */
export const DOORS = ['hls', 'flv', 'wsFlv', 'rtmp'] as const;
export type Door = (typeof DOORS)[number];
export type ByDoor = Readonly<Record<Door, number>>;

export type Durations = { readonly count: number; readonly p50Ms: number; readonly p95Ms: number };

/** The answer of `/history/{sessionId}/report`, as the page needs it. */
export type Report = ReturnType<typeof readReport>;
export type ReportPoint = Report['points'][number];

export function readReport(answer: unknown) {
  const report = fields(answer);
  const [viewers, quality, traffic, files, callbacks] = [
    fields(report.viewers),
    fields(report.quality),
    fields(report.traffic),
    fields(report.files),
    fields(report.callbacks),
  ];
  return {
    names: [text(report.domain) ?? '', text(report.app) ?? '', text(report.stream) ?? ''] as const,
    isRunning: report.state === 'running',
    isPartial: report.isPartial === true,
    node: text(report.node),
    startedAt: text(report.startedAt),
    endedAt: text(report.endedAt),
    durationSeconds: number(report.durationSeconds) ?? 0,
    endReason: text(report.endReason),
    reconnects: number(report.reconnects) ?? 0,
    connections: list(report.connections).map(readConnection),
    viewers: {
      ...{ peak: number(viewers.peak) ?? 0, peakAt: text(viewers.peakAt), unique: number(viewers.unique) ?? 0 },
      ...{ plays: number(viewers.plays) ?? 0, watchedSeconds: number(viewers.watchedSeconds) ?? 0 },
      averageSeconds: number(viewers.averageSeconds) ?? 0,
      peakByDoor: readByDoor(viewers.peakByDoor),
      endings: countsOf(fields(viewers.endings)),
    },
    points: list(fields(report.curve).points).map(readPoint),
    stepSeconds: number(fields(report.curve).stepSeconds) ?? 10,
    quality: {
      ...{ plays: number(quality.plays) ?? 0, stalls: number(quality.stalls) ?? 0 },
      ...{ stalledSeconds: number(quality.stalledSeconds) ?? 0, rebufferShare: number(quality.rebufferShare) },
      startup: readDurations(quality.startup),
      joins: DOORS.map((door) => [door, readDurations(fields(quality.joins)[door])] as const),
    },
    traffic: {
      ...{ ingestBytes: number(traffic.ingestBytes) ?? 0, egressBytes: number(traffic.egressBytes) ?? 0 },
      byDoor: readByDoor(traffic.egressByDoor),
    },
    health: list(report.health).map((each) => readNote(fields(each), ['code', 'sentence', 'from', 'until'])),
    ladder: list(report.ladder).map((each) => readNote(fields(each), ['at', 'event', 'rendition', 'reason'])),
    callbacks: report.callbacks === null ? undefined : readCallbacks(callbacks),
    files: {
      recordings: list(files.recordings).map(readFile),
      clips: list(files.clips).map(readFile),
      snapshots: number(files.snapshots) ?? 0,
      bytes: number(files.bytes) ?? 0,
    },
    cost: readCost(fields(report.cost)),
  };
}

function readConnection(answer: unknown) {
  const { sessionId, startedAt, endedAt, endReason } = fields(answer);
  return {
    sessionId: text(sessionId) ?? '',
    startedAt: text(startedAt),
    endedAt: text(endedAt),
    endReason: text(endReason),
  };
}

function readPoint(answer: unknown) {
  const { at, viewers, allViewers, bytes } = fields(answer);
  return {
    atS: Date.parse(text(at) ?? '') / 1000,
    viewers: readByDoor(viewers),
    allViewers: number(allViewers) ?? 0,
    bytes: number(bytes) ?? 0,
  };
}

function readByDoor(answer: unknown): ByDoor {
  const { hls, flv, wsFlv, rtmp } = fields(answer);
  return { hls: number(hls) ?? 0, flv: number(flv) ?? 0, wsFlv: number(wsFlv) ?? 0, rtmp: number(rtmp) ?? 0 };
}

function readDurations(answer: unknown): Durations | undefined {
  const { count, p50Ms, p95Ms } = fields(answer);
  const [known, median, slow] = [number(count), number(p50Ms), number(p95Ms)];
  if (known === undefined || median === undefined || slow === undefined) return undefined;
  return { count: known, p50Ms: median, p95Ms: slow };
}

function readNote<Name extends string>(note: Fields, names: readonly Name[]) {
  return Object.fromEntries(names.map((name) => [name, text(note[name])])) as Record<Name, string | undefined>;
}

function readFile(answer: unknown) {
  const { object, title, id, storage, format, state, durationSeconds, sizeBytes } = fields(answer);
  return {
    name: text(title) ?? text(object) ?? text(id) ?? '',
    kind: text(format) ?? text(state) ?? '',
    storage: text(storage),
    durationSeconds: number(durationSeconds),
    sizeBytes: number(sizeBytes),
  };
}

function readCallbacks({ delivered, waiting, failed, failedTries }: Fields) {
  return {
    ...{ delivered: number(delivered) ?? 0, waiting: number(waiting) ?? 0 },
    ...{ failed: number(failed) ?? 0, failedTries: number(failedTries) ?? 0 },
  };
}

function readCost({ amount, currency }: Fields): string | undefined {
  const known = number(amount);
  return known === undefined ? undefined : `${known.toFixed(2)} ${text(currency) ?? ''}`.trim();
}

function countsOf(counts: Fields): readonly (readonly [name: string, count: number])[] {
  const known = Object.entries(counts).flatMap(([name, count]) => {
    const value = number(count);
    return value === undefined ? [] : [[name, value] as const];
  });
  return known.sort(([, a], [, b]) => b - a);
}
