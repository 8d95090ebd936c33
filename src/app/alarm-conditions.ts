import { hostname } from 'node:os';
import {
  type AlarmBook,
  budgets,
  type Condition,
  callbacks,
  egress,
  eventSinks,
  expiries,
  limits,
  moderation,
  nodeState,
  otherNodes,
  policyOf,
  renditions,
  storages,
  streamHealth,
  streamOffline,
  viewers,
} from '../alarm/index.ts';
import type { KeyPair } from '../certificates/index.ts';
import { LastSeen } from '../cluster/index.ts';
import { storageSettings } from '../config/index.ts';
import { listWorkers, type PipelineLoad, pipelineLoads } from '../jobs/index.ts';
import type { Governor } from '../load/index.ts';
import { type AlarmCode, aliasesOf, keyUses } from '../rules/index.ts';
import type { AlarmTables } from '../store/index.ts';
import { diskUses, doorTotals } from './alarm-facts.ts';
import { isLiveAnywhere, limitUses, measuredPublishes, transcodedStreams } from './alarm-streams.ts';
import { archiveFolder } from './archive-folder.ts';
import { askNowAndThen } from './ask-now-and-then.ts';
import type { Base } from './base.ts';
import { expectedStreams } from './expected-streams.ts';
import type { EventSinks } from './open-event-sinks.ts';
import type { State } from './open-state.ts';
import type { Streams } from './open-streams.ts';
import { othersSeen, unseenBy } from './others-seen.ts';

/** A node that was not heard of for so long has no streams any more. */
const NODE_TIMEOUT_MS = 30_000;
/** For what goes wrong over minutes. */
const SLOWLY_MS = 10_000;
const DAY_MS = 86_400_000;

export type AlarmSurroundings = {
  readonly tables: AlarmTables;
  readonly book: AlarmBook;
  readonly nodeId: string;
  readonly node: string;
  readonly certificates: () => readonly { readonly pair: KeyPair }[];
  readonly sinks: EventSinks;
};

/** Everything that alarms are raised for, from what the server knows; `refresh` asks in the background for the rest. */
export function alarmConditions(base: Base, state: State, streams: Streams, around: AlarmSurroundings) {
  const { clock, log, metrics, config } = base;
  const { rules, store, outbox, uploads, status } = state;
  const { tables, book, nodeId, node } = around;
  const { nowMs, wallMs } = clock;
  const threshold = (code: AlarmCode) => () => policyOf(code, rules().rules.alarmPolicies).threshold;
  const clearMs = (code: AlarmCode) => () => policyOf(code, rules().rules.alarmPolicies).clearMs;
  const holdMs = (code: AlarmCode) => {
    const policy = policyOf(code, rules().rules.alarmPolicies);
    return policy.holdMs ?? policy.usual.holdSeconds * 1000;
  };
  const asked = <T>(everyMs: number, ask: () => Promise<T> | undefined) =>
    askNowAndThen(everyMs, nowMs, ask, (error) => {
      if (tables.isReady) log.warn({ error }, 'what alarms are raised for could not be read');
    });
  const ofAll = <T>(everyMs: number, ask: () => Promise<T>) =>
    asked(everyMs, () => (tables.isReady && book.isWatcher ? ask() : undefined));
  const ofOurs = <T>(everyMs: number, ask: () => Promise<T>) =>
    asked(everyMs, () => (tables.isReady ? ask() : undefined));
  const elsewhere = ofAll(2000, () => tables.streamsElsewhere(nodeId, NODE_TIMEOUT_MS));
  const endpoints = ofAll(SLOWLY_MS, () => tables.failingEndpoints(threshold('CALLBACK_FAILING')()));
  const lags = ofAll(SLOWLY_MS, () => around.sinks.lags());
  const seen = new LastSeen(NODE_TIMEOUT_MS);
  const nodes = ofAll(2000, async () => {
    const workers = await listWorkers(store);
    const found = await tables.nodes();
    const others = found.filter((each) => each.nodeId !== nodeId);
    const all = othersSeen({ name: config.nodeName ?? hostname(), unseenMs: 0 }, others, workers);
    return unseenBy(seen, all, { databaseMs: found[0]?.databaseMs ?? 0, nowMs: nowMs() });
  });
  const dead = ofOurs(SLOWLY_MS, () => tables.deadUploads(nodeId, 24));
  const failedJobs = ofAll(SLOWLY_MS, () => pipelineLoads(store));
  const waiting = ofOurs(SLOWLY_MS, () => uploads.counts());
  const totals = asked(1000, () => doorTotals(metrics));
  const folders = storageSettings(config).flatMap((each) => (each.kind === 'folder' ? [each.folder] : []));
  const disks = asked(5000, () => diskUses([config.dataDir, archiveFolder(config), ...folders]));
  const ifReady =
    <T>(last: () => T | undefined) =>
    () =>
      tables.isReady ? last() : undefined;
  const all: Condition[] = [
    streamOffline({
      expected: () => expectedStreams(rules(), wallMs()),
      isLive: isLiveAnywhere(streams.registry, () => elsewhere.last() ?? []),
    }),
    streamHealth({
      publishes: () => measuredPublishes(base, state, streams),
      nowMs,
      lowPercent: threshold('BITRATE_LOW'),
    }),
    renditions({ transcoded: () => transcodedStreams(streams.ladders), slowestSpeed: threshold('TRANSCODE_SLOW') }),
    viewers({
      ...{ node, nowMs, joins: () => totals.last()?.joins, refusals: () => totals.last()?.refusals },
      ...{ slowestJoinSeconds: threshold('JOIN_SLOW'), mostRefusals: threshold('FORBIDDEN_SPIKE') },
      joinHoldMs: () => holdMs('JOIN_SLOW'),
    }),
    egress({
      domains: () => rules().rules.domains.map(({ name }) => name),
      mbps: (domain) => streams.limits.traffic.mbps(domain),
      ...{ nowMs, wallMs, factor: threshold('EGRESS_UNUSUAL'), holdMs: () => holdMs('EGRESS_UNUSUAL') },
      ...{ peaks: book.egressPeaks, onPeak: () => book.touch() },
    }),
    limits({ limits: () => limitUses(state, streams), nearPercent: threshold('LIMIT_NEAR') }),
    budgets({ budgets: streams.costing.known, currency: config.usage.currency }),
    callbacks({ failing: ifReady(endpoints.last) }),
    eventSinks({
      ...{ lags: ifReady(lags.last), latestSeconds: threshold('EVENT_SINK_BEHIND') },
      failure: around.sinks.failure,
    }),
    moderation({
      ...{ node, nowMs, failed: () => totals.last()?.unmoderated },
      ...{ most: threshold('MODERATION_FAILING'), clearMs: clearMs('MODERATION_FAILING') },
    }),
    ...storages({
      node,
      failing: () => uploads.failing,
      oldestSeconds: () => secondsSince(waiting.last()?.oldestAtMs, wallMs()),
      latestSeconds: threshold('STORAGE_BEHIND'),
      ...{ dead: ifReady(dead.last), mostDead: threshold('JOBS_FAILED') },
      failedJobs: ifReady(() => (book.isWatcher ? failedJobs.last()?.map(lately) : [])),
      archiveFailure: () => status.archiveFailure,
      ...{ disks: disks.last, leastFreePercent: threshold('DISK_LOW') },
    }),
    nodeState({
      node,
      databaseFailure: () => (store.state.kind === 'ready' ? undefined : store.state.reason),
      journalFailure: () => outbox.journal.failure,
      rulesRefused: () => status.refused,
      ...{ delayMs: () => totals.last()?.delayMs, mostDelayMs: threshold('NODE_SLOW') },
      withoutWhat: () => withoutWhat(streams.limits.governor),
    }),
    otherNodes({ others: ifReady(nodes.last), goneAfterMs: () => threshold('NODE_DOWN')() * 1000 }),
    expiries({
      certificates: () => around.certificates().map(({ pair }) => pair),
      certificateDays: threshold('CERTIFICATE_EXPIRING'),
      keys: () =>
        keyUses(rules().rules).map(({ key, owner }) => ({ owner, ageDays: daysSince(status.keySince(key), wallMs()) })),
      keyDays: threshold('KEY_EXPIRING'),
      aliases: () =>
        rules().rules.domains.flatMap((domain) =>
          aliasesOf(domain).flatMap(({ name, until }) =>
            until === undefined ? [] : [{ name, endsAtMs: Date.parse(until) }],
          ),
        ),
      wallMs,
    }),
  ];
  return {
    all,
    refresh(): void {
      for (const each of [elsewhere, endpoints, lags, nodes, dead, failedJobs, waiting, totals, disks]) each.refresh();
    },
  };
}

function withoutWhat({ level, reason }: Governor): string | undefined {
  return reason === undefined ? undefined : `${level.replace('-', ' ')}, as ${reason}`;
}

function lately({ pipeline, failedLately: failed }: PipelineLoad) {
  return { pipeline, failed };
}

function secondsSince(atMs: number | undefined, wallMs: number): number | undefined {
  return atMs === undefined ? undefined : Math.max(0, wallMs - atMs) / 1000;
}

function daysSince(date: Date | undefined, wallMs: number): number | undefined {
  return date && (wallMs - date.getTime()) / DAY_MS;
}
