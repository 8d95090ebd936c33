import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StreamId } from '../live/index.ts';
import type { ObjectInfo, Storage } from '../storage/index.ts';
import type { SliceState } from './archived-slices.ts';
import { archivedStreams, idIn } from './archived-streams.ts';
import { Day } from './day.ts';
import {
  isCutName,
  isDayFolder,
  nodeMark,
  objectsPrefix,
  type SliceObject,
  STREAM_FILE,
  sliceOfObject,
  streamFolder,
} from './layout.ts';
import { remoteBytes } from './remote-slices.ts';
import { scanSlice } from './slice-scan.ts';
import { slicesIn } from './slices-on-disk.ts';

export type RebuildOptions = {
  readonly folder: string;
  /** Where slices were copied to. */
  readonly storages: readonly Storage[];
  /** The node that this archive is of: slices of others stay theirs. Where it is not known, all are taken. */
  readonly nodeId?: string | undefined;
  /** Told of each object that is left to another node. */
  readonly onOthers?: (object: string) => void;
};

/** What the archive has of a stream after its indexes were made anew. */
export type RebuiltStream = {
  readonly id: StreamId;
  readonly days: number;
  readonly slices: number;
  /** Of these, those that are in storages only. */
  readonly remoteSlices: number;
  readonly segments: number;
  readonly sizeBytes: number;
  /** Files of slices in which nothing whole was found; they stay where they are. */
  readonly unreadable: readonly string[];
};

type RemoteDay = {
  readonly folders: readonly [string, string, string];
  readonly day: string;
  readonly objects: ObjectInfo[];
};

/**
 * Makes every index anew from the slices themselves, here and in storages; only of what is in other storages the old
 * indexes are believed. No server may run meanwhile.
 */
export async function rebuildArchive(options: RebuildOptions): Promise<RebuiltStream[]> {
  const { folder, storages, nodeId } = options;
  const own = nodeId === undefined ? undefined : nodeMark(nodeId);
  // One that can't be read now must not make its slices be forgotten.
  for (const storage of storages) for await (const _ of storage.list(objectsPrefix())) break;
  const isElsewhere = ({ isHere, remote }: SliceState) =>
    !isHere && remote !== undefined && !storages.some(({ name }) => name === remote.storage);
  for await (const id of archivedStreams(folder)) {
    for (const day of await daysIn(streamFolder(folder, id))) {
      await Day.load(join(streamFolder(folder, id), day), day, isElsewhere);
    }
  }
  for (const storage of storages) {
    const isOwn = ({ node }: SliceObject, object: string) => {
      const isTaken = own === undefined || node === undefined || node === own;
      if (!isTaken) options.onOthers?.(object);
      return isTaken;
    };
    for await (const day of remoteDays(storage, isOwn)) await takeIn(folder, storage, day);
  }
  const rebuilt: RebuiltStream[] = [];
  for await (const id of archivedStreams(folder)) rebuilt.push(await countOf(folder, id));
  return rebuilt.filter(({ days }) => days > 0);
}

/** A storage's slices, a day of a stream at a time, as names come in their order. */
async function* remoteDays(
  storage: Storage,
  isOwn: (slice: SliceObject, object: string) => boolean,
): AsyncGenerator<RemoteDay> {
  let open: RemoteDay | undefined;
  for await (const object of storage.list(objectsPrefix())) {
    const found = sliceOfObject(object.name);
    if (!found || !isOwn(found, object.name)) continue;
    const isSame = open?.day === found.day && open.folders.join('/') === found.folders.join('/');
    if (!isSame && open) yield open;
    if (!isSame) open = { folders: found.folders, day: found.day, objects: [] };
    open?.objects.push(object);
  }
  if (open) yield open;
}

async function takeIn(root: string, storage: Storage, { folders, day: name, objects }: RemoteDay): Promise<void> {
  const stream = join(root, ...folders);
  const folder = join(stream, name);
  await mkdir(folder, { recursive: true });
  const day = await Day.load(folder, name);
  const storages = { get: () => storage };
  const taken = new Set<number>();
  for (const { name: object, sizeBytes, modifiedAtMs: atMs } of objects) {
    const first = sliceOfObject(object)?.first ?? 0;
    // Two nodes began one with the same number.
    if (taken.has(first)) continue;
    const place = { storage: storage.name, object, atMs };
    const here = await stat(day.fileOf(first)).catch(() => undefined);
    // Another size is that of an older copy: the slice is copied again.
    if (here && here.size !== sizeBytes) continue;
    taken.add(first);
    await day.takeInRemote(first, place, async () => {
      const found = await scanSlice(remoteBytes(storages, place, sizeBytes));
      if (found && folders.some(isCutName)) await writeId(stream, found.head.id);
      return found && found.segments.length > 0 ? { ...found, isEnded: true } : undefined;
    });
  }
  await day.renew();
}

async function writeId(stream: string, id: StreamId): Promise<void> {
  if (!(await idIn(stream))) await writeFile(join(stream, STREAM_FILE), `${JSON.stringify(id)}\n`);
}

async function countOf(root: string, id: StreamId): Promise<RebuiltStream> {
  const folder = streamFolder(root, id);
  const [unreadable, names] = [[] as string[], await daysIn(folder)];
  let [slices, remoteSlices, segments, sizeBytes] = [0, 0, 0, 0];
  for (const name of names) {
    const day = await Day.load(join(folder, name), name);
    slices += day.slices.length;
    remoteSlices += day.slices.filter(({ isHere }) => !isHere).length;
    sizeBytes += day.slices.reduce((sum, slice) => sum + slice.sizeBytes, 0);
    segments += day.rows;
    const files = await slicesIn(join(folder, name));
    unreadable.push(...files.filter((first) => !day.state(first)?.isHere).map((first) => day.fileOf(first)));
  }
  return { id, days: names.length, slices, remoteSlices, segments, sizeBytes, unreadable };
}

async function daysIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [] as string[])).filter(isDayFolder).sort();
}
