import { hostname } from 'node:os';
import { join } from 'node:path';
import type { ViewerSession, ViewerSessions } from '../access/index.ts';
import {
  keepSessionFiles,
  OverSessions,
  readTop,
  recordOf,
  removeOldStored,
  SessionLog,
  type TopKind,
  TrafficSampler,
  writeTop,
} from '../audience/index.ts';
import type { Registry, StreamId } from '../live/index.ts';
import type { Publishers } from '../operations/index.ts';
import type { Base } from './base.ts';
import { type OpenShows, openShows } from './open-shows.ts';
import type { State } from './open-state.ts';

const SAMPLE_MS = 10_000;
const FIRST_MS = 5000;
const MINUTE_MS = 60_000;
const TOP_WRITTEN_MS = 600_000;
const DAY_MS = 86_400_000;

type Neighbours = {
  readonly registry: Registry;
  readonly sessions: ViewerSessions;
  readonly publishers: Publishers;
};

/** Who watches: a record of each playback, and who gets the most. */
export async function openAudience(base: Base, state: State, { registry, sessions, publishers }: Neighbours) {
  const { config, clock } = base;
  const sessionLog = config.audience.sessions === 'on' ? openSessionLog(base, state) : undefined;
  const node = config.nodeName ?? hostname();
  const recorded = { node, addresses: config.audience.addresses };
  const overs: OverSessions = new OverSessions({
    clock,
    ownerOf: ({ domain, app, stream: name }) => registry.ownerOf({ domain, app, name }).name,
    isLive: ({ domain, app, stream: name }) => registry.find({ domain, app, name }) !== undefined,
    onOver: (over) => {
      sessionLog?.add(recordOf(over, recorded));
      shown.shows.over(over);
    },
  });
  sessions.listen(overs);
  const shown: OpenShows = await openShows(base, state, {
    registry,
    sessions,
    publishers,
    overs,
    node,
    count: (session) => counter.count(session),
  });
  const { counter, ...top } = await openTop(base, sessions, overs, shown);
  return {
    top,
    reports: { find: shown.find, stored: shown.stored, wallMs: clock.wallMs },
    heard: shown.heard,
    reportOf: shown.reportOf,
    stop: () => {
      shown.stop();
      overs.stop();
    },
    /** A player's report of its viewing. */
    report: overs.viewings.report.bind(overs.viewings),
    joined: (door: string, id: StreamId, seconds: number) => shown.shows.joined(door, registry.ownerOf(id), seconds),
    looked: (id: StreamId, findings: readonly { readonly code: string; readonly sentence: string }[]) =>
      shown.shows.health(id, findings),
  };
}

export type Audience = Awaited<ReturnType<typeof openAudience>>;

/** Records of sessions on the disk, from there into the storage of the configuration. */
function openSessionLog(
  { config, log, clock, metrics, closer }: Base,
  { storages, uploads, secrets }: State,
): SessionLog {
  const { storage, prefix, keepDays, diskMegabytes } = config.audience;
  const folder = join(config.dataDir, 'sessions');
  const { wallMs } = clock;
  const onOutcome = (outcome: string, count: number) => metrics.sessionRecords.inc({ outcome }, count);
  const sessionLog = closer.add('records of sessions', new SessionLog({ folder, wallMs, log, onOutcome }));
  const kept = {
    ...{ folder, log, wallMs, keepDays, diskBytes: diskMegabytes * 1e6, openFile: () => sessionLog.openFile },
    ...(storage !== null && {
      stored: { uploads, storage: storages.get(storage), prefix: `${prefix}${secrets.nodeId}/`, sharedPrefix: prefix },
    }),
  };
  const keepAll = () => Promise.all([keepSessionFiles(kept), removeOldStored(kept)]);
  const first = setTimeout(keepAll, FIRST_MS).unref();
  const minutes = setInterval(() => void keepSessionFiles(kept), MINUTE_MS).unref();
  const days = setInterval(() => void removeOldStored(kept), DAY_MS).unref();
  closer.add('keeping of the records of sessions', {
    close: () => {
      clearTimeout(first);
      clearInterval(minutes);
      clearInterval(days);
    },
  });
  return sessionLog;
}

/** Who gets the most, over a restart too. */
async function openTop(base: Base, sessions: ViewerSessions, overs: OverSessions, shown: OpenShows) {
  const { config, clock, log, closer } = base;
  const ownerOf = (session: ViewerSession) => overs.ownerOf(session);
  const { wallMs } = clock;
  const path = join(config.dataDir, 'top.json');
  const top = await readTop(path);
  const sampler = new TrafficSampler({
    ...{ sessions, top, addresses: config.audience.addresses, ownerOf, wallMs },
    onSent: (session, bytes) => shown.shows.sent(session, bytes),
  });
  sessions.listen(sampler);
  const write = () => writeTop(path, top).catch((error) => log.warn({ error, path }, 'top traffic could not be kept'));
  const looking = setInterval(() => void sampler.sample().then(shown.tick), SAMPLE_MS).unref();
  const writing = setInterval(write, TOP_WRITTEN_MS).unref();
  closer.add('top traffic', {
    close: async () => {
      clearInterval(looking);
      clearInterval(writing);
      await sampler.sample();
      await write();
    },
  });
  return {
    counter: sampler,
    wallMs,
    since: async (kind: TopKind, sinceMs: number) => {
      await sampler.sample();
      return top.since(kind, sinceMs);
    },
  };
}
