import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Alarm, type AlarmBook, type AlarmTeller, alarmNote, policyOf, silenceOf } from '../alarm/index.ts';
import { errorText, type StreamEvent } from '../notify/index.ts';
import type { AlarmDoor, AlarmTest, SilenceDoor } from '../operations/index.ts';
import { ALARM_CODES, type AlarmChannelRule, type CompiledRules } from '../rules/index.ts';
import type { AlarmFilter, AlarmTables } from '../store/index.ts';
import { PACKAGE_ROOT } from './package-root.ts';

const MOST_SILENCES = 1000;
const TEST_TIMEOUT_MS = 8000;

export type AlarmDoorParts = {
  readonly book: AlarmBook;
  readonly tables: AlarmTables;
  readonly teller: AlarmTeller;
  readonly rules: () => CompiledRules;
  readonly runbookBase: string;
  readonly nodeId: string;
  readonly node: string;
  readonly wallMs: () => number;
};

/** Alarms as operators look after them. */
export function alarmDoor(parts: AlarmDoorParts): AlarmDoor {
  const { book, tables, teller, rules, runbookBase, nodeId, node, wallMs } = parts;
  const channels = () => rules().rules.alarmChannels;
  /** What this node watches it knows best. */
  const fresher = (alarm: Alarm) => {
    const ours = book.alarms.get(alarm.id);
    return ours?.nodeId === nodeId ? ours : alarm;
  };
  return {
    async list(filter) {
      if (!tables.isReady) return listed([...book.alarms.values()], filter);
      const rows = (await tables.list(filter)) as readonly Alarm[];
      return rows.map(fresher);
    },
    async find(id) {
      const ours = book.alarms.get(id);
      if (ours?.nodeId === nodeId || !tables.isReady) return ours;
      return ((await tables.find(id)) as Alarm | undefined) ?? ours;
    },
    async acknowledge(id, by, note) {
      const acknowledged = { by, atMs: wallMs(), note };
      const ours = book.alarms.get(id);
      if (ours) book.put({ ...ours, acknowledged, isUnsynced: ours.isUnsynced || !tables.isReady });
      await book.save(wallMs());
      return tables.isReady ? (await tables.acknowledge(id, acknowledged)) || ours !== undefined : ours !== undefined;
    },
    silencedUntilMs: (alarm) => silenceOf(alarm, book.silences.values(), wallMs())?.untilMs,
    codes: () => ALARM_CODES.map((code) => codeInfo(code, rules())),
    runbook: (code) => readFile(join(PACKAGE_ROOT, 'docs', 'runbooks', `${code}.md`), 'utf8').catch(() => undefined),
    async test(id) {
      const channel = channels().find((each) => each.id === id);
      return channel && testChannel(channel, teller, { runbookBase, nodeId, node, wallMs });
    },
  };
}

/** Silences are kept here first, and given to the other nodes with the next look at the database. */
export function silenceDoor({ book, wallMs }: Pick<AlarmDoorParts, 'book' | 'wallMs'>): SilenceDoor {
  const put = async (silence: Parameters<AlarmBook['putSilence']>[0]) => {
    const changed = { ...silence, updatedAtMs: wallMs(), isUnsynced: true };
    book.putSilence(changed);
    await book.save(wallMs());
    return changed;
  };
  const all = () => [...book.silences.values()].filter((each) => !each.isDeleted && each.untilMs > wallMs());
  const find = (id: string) => all().find((each) => each.id === id);
  return {
    all,
    async add(silence) {
      if (book.silences.size >= MOST_SILENCES) return undefined;
      const times = { createdAtMs: wallMs(), updatedAtMs: wallMs() };
      return put({ ...silence, ...times, id: randomUUID(), isDeleted: false, isUnsynced: true });
    },
    async change(id, change) {
      const before = find(id);
      return before && put({ ...before, ...change });
    },
    async remove(id) {
      const before = find(id);
      if (before) await put({ ...before, isDeleted: true });
      return before !== undefined;
    },
    wallMs,
  };
}

function listed(all: readonly Alarm[], { isOpen, code, before, limit }: AlarmFilter): Alarm[] {
  const isAfter = (alarm: Alarm) =>
    before === undefined ||
    alarm.raisedAtMs < before.raisedAtMs ||
    (alarm.raisedAtMs === before.raisedAtMs && alarm.id < before.id);
  return all
    .filter((alarm) => isOpen === undefined || (alarm.clearedAtMs === undefined) === isOpen)
    .filter((alarm) => (code === undefined || alarm.code === code) && isAfter(alarm))
    .sort((a, b) => b.raisedAtMs - a.raisedAtMs || (a.id < b.id ? 1 : -1))
    .slice(0, limit);
}

function codeInfo(code: Alarm['code'], { rules }: CompiledRules): ReturnType<AlarmDoor['codes']>[number] {
  const { enabled, severity, holdMs, clearMs, threshold, usual } = policyOf(code, rules.alarmPolicies);
  return {
    ...{ code, title: usual.title, enabled, severity: severity ?? usual.severity },
    ...{ holdSeconds: (holdMs ?? usual.holdSeconds * 1000) / 1000, clearSeconds: clearMs / 1000 },
    ...(usual.unit !== undefined && { threshold, unit: usual.unit }),
  };
}

type Tester = Pick<AlarmDoorParts, 'runbookBase' | 'nodeId' | 'node' | 'wallMs'>;

async function testChannel(channel: AlarmChannelRule, teller: AlarmTeller, tester: Tester): Promise<AlarmTest> {
  const { runbookBase, nodeId, node, wallMs } = tester;
  const startedAtMs = wallMs();
  const alarm: Alarm = {
    ...{ id: randomUUID(), code: 'STREAM_OFFLINE', severity: 'info', scope: 'node', nodeId, node },
    subject: { kind: 'stream', name: 'test/headwater-test', domain: 'test', app: 'test', stream: 'headwater-test' },
    sentence: 'This is a test: an operator tries the channel, and no stream is missing.',
    ...{ raisedAtMs: startedAtMs, told: {}, isUnsynced: false },
  };
  const signal = AbortSignal.timeout(TEST_TIMEOUT_MS);
  const tell = (kind: StreamEvent['kind'], about: Alarm) => {
    const names = { domain: 'test', ingestDomain: '', app: 'test', stream: 'headwater-test' };
    const data = { alarm: alarmNote(about, runbookBase) };
    return teller.send(
      { id: randomUUID(), kind, sessionId: alarm.id, ...names, atMs: wallMs(), data },
      channel,
      signal,
    );
  };
  try {
    const raised = await tell('alarm_raised', alarm);
    const isTaken = raised.status >= 200 && raised.status < 300;
    if (isTaken) await tell('alarm_cleared', { ...alarm, clearedAtMs: wallMs() });
    return { isTaken, status: raised.status, durationMs: wallMs() - startedAtMs };
  } catch (error) {
    const reason = signal.aborted ? `no answer within ${TEST_TIMEOUT_MS / 1000} s` : errorText(error);
    return { isTaken: false, durationMs: wallMs() - startedAtMs, error: reason };
  }
}
