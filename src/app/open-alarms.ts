import { hostname } from 'node:os';
import { type Alarm, AlarmBook, AlarmEngine, AlarmTeller, alarmNote, alarmSync, noticeId } from '../alarm/index.ts';
import type { KeyPair } from '../certificates/index.ts';
import { callbackSender, systemTimers } from '../notify/index.ts';
import { AlarmTables, readAlarms, writeAlarms } from '../store/index.ts';
import { alarmConditions } from './alarm-conditions.ts';
import { alarmDoor, silenceDoor } from './alarm-door.ts';
import type { Base } from './base.ts';
import type { EventSinks } from './open-event-sinks.ts';
import type { State } from './open-state.ts';
import type { Streams } from './open-streams.ts';

type Around = {
  readonly certificates: () => readonly { readonly pair: KeyPair }[];
  readonly sinks: EventSinks;
};

const LOOK_MS = 1000;
const SYNC_EVERY = 2;

/** Looks whether all is as it should be, and tells of what is not; once everything is open that is looked at. */
export async function openAlarms(base: Base, state: State, streams: Streams, around: Around) {
  const { config, log, clock, metrics, closer } = base;
  const { store, outbox, secrets, rules } = state;
  const { nodeId } = secrets;
  const node = config.nodeName ?? hostname();
  const { wallMs, nowMs } = clock;
  const tables = new AlarmTables(store);
  const onError = (error: unknown, what: string) => log.warn({ error }, what);
  const book = new AlarmBook({
    kept: await readAlarms(config.dataDir),
    keep: (all) => writeAlarms(config.dataDir, all),
    onFailure: (error) => log.error({ error }, 'alarms could not be kept on the disk'),
  });
  const sender = callbackSender();
  const runbookBase = config.alarms.runbookUrl;
  const channels = () => rules().rules.alarmChannels;
  const teller = new AlarmTeller({
    ...{ book, channels, sender, timers: systemTimers, nodeId, nowMs, wallMs, runbookBase, onError },
    onOutcome: ({ endpointId: channel, event, result, attempt, error }) => {
      metrics.alarmNotices.inc({ outcome: result });
      if (result !== 'delivered') log.warn({ channel, event, attempt, result, reason: error }, 'alarm was not told');
    },
  });
  const conditions = alarmConditions(base, state, streams, { tables, book, nodeId, node, ...around });
  const event = async (kind: 'alarm_raised' | 'alarm_cleared', alarm: Alarm) => {
    const { domain = '', app = '', stream = '' } = alarm.subject;
    const about = { sessionId: alarm.id, domain, ingestDomain: '', app, stream, endpointIds: [] };
    const atMs = alarm.clearedAtMs ?? alarm.raisedAtMs;
    const data = { alarm: alarmNote(alarm, runbookBase) };
    log.warn({ code: alarm.code, severity: alarm.severity, subject: alarm.subject.name, alarm: alarm.id }, kind);
    await outbox.append({ id: noticeId(alarm.id, kind), kind, ...about, atMs, data });
  };
  const engine = new AlarmEngine({
    ...{ book, tables, nodeId, node, nowMs, wallMs, channels, event, onError },
    conditions: conditions.all,
    policies: () => rules().rules.alarmPolicies,
  });
  const gauge = () => {
    metrics.alarms.reset();
    for (const { code, severity, nodeId: owner } of book.open().values()) {
      if (owner === nodeId) metrics.alarms.inc({ code, severity });
    }
  };
  const sync = alarmSync({ book, tables, nodeId, node, nowMs, wallMs });
  let ticks = 0;
  const tick = async () => {
    if (tables.isReady && ticks++ % SYNC_EVERY === 0) await sync();
    conditions.refresh();
    await engine.look();
    gauge();
    teller.wake();
  };
  closer.add('alarm nodes', { close: () => (tables.isReady ? tables.leave(nodeId) : undefined) });
  closer.add('alarm channels', { close: () => sender.close() });
  closer.add('alarm notices', teller).start();
  closer.add(
    'alarms',
    repeat(LOOK_MS, tick, (error) => onError(error, 'alarms could not be looked at')),
  );
  const parts = { book, tables, teller, rules, runbookBase, nodeId, node, wallMs };
  return { alarms: alarmDoor(parts), silences: silenceDoor(parts) };
}

/** Does the work again and again, never twice at once; `close` waits for the last. */
function repeat(everyMs: number, work: () => Promise<void>, onError: (error: unknown) => void) {
  let running: Promise<void> | undefined;
  const timer = setInterval(() => {
    running ??= work()
      .catch(onError)
      .finally(() => {
        running = undefined;
      });
  }, everyMs).unref();
  return {
    async close() {
      clearInterval(timer);
      await running;
    },
  };
}
