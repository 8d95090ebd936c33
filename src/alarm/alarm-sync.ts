import { isDeepStrictEqual } from 'node:util';
import type { AlarmTables } from '../store/index.ts';
import type { Alarm, Silence } from './alarm.ts';
import type { AlarmBook } from './alarm-book.ts';
import { tellEnd } from './alarm-notices.ts';

const LEASE_MS = 20_000;

export type AlarmSyncOptions = {
  readonly book: AlarmBook;
  readonly tables: AlarmTables;
  readonly nodeId: string;
  readonly node: string;
  readonly nowMs: () => number;
  readonly wallMs: () => number;
};

/** Brings the book of this node and the database to the same; to be called every other second while there is one. */
export function alarmSync(options: AlarmSyncOptions): () => Promise<void> {
  const { book, tables, nodeId, node, nowMs, wallMs } = options;
  let doneWith: string | undefined;
  return async () => {
    const { isWatcher, mark } = await tables.watch(nodeId, node, LEASE_MS);
    book.setWatcher(isWatcher, nowMs());
    const alarms = [...book.alarms.values()].filter(({ isUnsynced }) => isUnsynced);
    const silences = [...book.silences.values()].filter(({ isUnsynced }) => isUnsynced);
    for (const alarm of alarms) await push(book, tables, alarm, wallMs());
    for (const silence of silences) await pushSilence(book, tables, silence);
    const found = `${mark} ${isWatcher}`;
    if (found === doneWith && alarms.length + silences.length === 0) return;
    await pullAll(options);
    doneWith = found;
  };
}

async function pullAll({ book, tables, nodeId }: AlarmSyncOptions): Promise<void> {
  const known = new Set([...book.alarms.values()].filter(isKnownThere).map(({ id }) => id));
  const open = (await tables.open()) as readonly Alarm[];
  for (const theirs of open) pull(book, theirs, nodeId);
  const openIds = new Set(open.map(({ id }) => id));
  for (const id of known) if (!openIds.has(id)) await endedElsewhere(book, tables, id);
  for (const silence of await tables.silences()) pullSilence(book, silence);
}

const isKnownThere = ({ isUnsynced, clearedAtMs }: Alarm) => !isUnsynced && clearedAtMs === undefined;

async function push(book: AlarmBook, tables: AlarmTables, alarm: Alarm, wallMs: number): Promise<void> {
  const other = await tables.raise(alarm);
  if (other === undefined) await tables.update(alarm);
  // Meanwhile it may have changed again.
  const now = book.alarms.get(alarm.id);
  if (now === alarm) book.put({ ...alarm, isUnsynced: false });
  if (other === undefined) return;
  // Both nodes told of it while neither could ask the other: from now on it is theirs, and ours is over.
  const ended = { ...alarm, clearedAtMs: wallMs };
  tellEnd(book, ended, wallMs);
  book.put({ ...ended, isUnsynced: true });
  book.put(other as Alarm);
}

function pull(book: AlarmBook, theirs: Alarm, nodeId: string): void {
  const ours = book.alarms.get(theirs.id);
  const isTakenOver = theirs.scope === 'cluster' && book.isWatcher && theirs.nodeId !== nodeId;
  const owner = isTakenOver ? nodeId : theirs.nodeId;
  const isTheirs = ours !== undefined && ours.nodeId !== nodeId && !ours.isUnsynced;
  if (ours === undefined || isTheirs) {
    const taken = { ...theirs, nodeId: owner, isUnsynced: isTakenOver };
    if (!isDeepStrictEqual(ours, taken)) book.put(taken);
    return;
  }
  if (ours.clearedAtMs !== undefined) return;
  const acknowledged = ours.isUnsynced ? (ours.acknowledged ?? theirs.acknowledged) : theirs.acknowledged;
  const isSame = owner === ours.nodeId && acknowledged?.atMs === ours.acknowledged?.atMs;
  if (isSame) return;
  const isUnsynced = ours.isUnsynced || isTakenOver;
  book.put({ ...ours, nodeId: owner, ...(acknowledged && { acknowledged }), isUnsynced });
}

async function endedElsewhere(book: AlarmBook, tables: AlarmTables, id: string): Promise<void> {
  const ours = book.alarms.get(id);
  if (ours === undefined || ours.clearedAtMs !== undefined) return;
  const theirs = (await tables.find(id)) as Alarm | undefined;
  // A database that was restored from before it knows nothing of it.
  if (theirs === undefined) book.put({ ...ours, isUnsynced: true });
  else if (theirs.clearedAtMs !== undefined) book.put({ ...ours, clearedAtMs: theirs.clearedAtMs });
}

async function pushSilence(book: AlarmBook, tables: AlarmTables, silence: Silence): Promise<void> {
  await tables.putSilence(silence);
  if (book.silences.get(silence.id) === silence) book.putSilence({ ...silence, isUnsynced: false });
}

function pullSilence(book: AlarmBook, theirs: Silence): void {
  const ours = book.silences.get(theirs.id);
  if (ours === undefined || (!ours.isUnsynced && ours.updatedAtMs < theirs.updatedAtMs)) book.putSilence(theirs);
}
