import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { StreamId } from '../live/index.ts';

/**
 * Where things are in the archive's folder.
 *
 *     {domain}/{app, its slashes as %2F}/{stream}/{UTC day}/index               what is in the day, a line each
 *                                                          /{first segment}.mp4  a slice of whole segments
 *                                       /{stream}/stream.json                   whose it is, where its names are cut
 *
 * In a storage a slice's object has the same path, below `archive/`, and its node behind the number: nodes that kept the
 * same stream at the same time may have slices that begin with the same number.
 */
export const INDEX_FILE = 'index';
export const STREAM_FILE = 'stream.json';
const OBJECTS_PREFIX = 'archive/';
const SLICE_FILE = /^(\d{1,15})\.mp4$/;
const SLICE_OBJECT = /^(\d{1,15})(?:-([0-9a-f]{8}))?\.mp4$/;
const DAY_FOLDER = /^\d{4,6}-\d{2}-\d{2}$/;
/** File systems take 255 bytes; three names, a day and a slice make an object's name, of which S3 takes 1024. */
const MAX_NAME_BYTES = 200;
/** `@` is what no encoded text has. */
const CUT_NAME = /@[0-9a-f]{32}$/;

export function streamFolder(root: string, id: StreamId): string {
  return join(root, ...folderNames(id));
}

export function folderNames({ domain, app, name }: StreamId): [string, string, string] {
  return [folderName(domain), folderName(app), folderName(name)];
}

/** The other way round; undefined for folders that are none of ours, and where a name is cut: its `stream.json` says it. */
export function streamOf(domain: string, app: string, name: string): StreamId | undefined {
  const names = [domain, app, name];
  if (names.some(isCutName)) return undefined;
  try {
    const [first = '', second = '', third = ''] = names.map((each) => decodeURIComponent(each));
    const id = { domain: first, app: second, name: third };
    return folderNames(id).every((each, index) => each === names[index]) ? id : undefined;
  } catch {
    return undefined;
  }
}

export const isCutName = (name: string): boolean => CUT_NAME.test(name);

/** A folder name that leads nowhere else and is not too long, whatever the text is. */
function folderName(text: string): string {
  const encoded = encodeURIComponent(text).replace(/^\.{1,2}$/, (dots) => dots.replaceAll('.', '%2E'));
  if (encoded.length <= MAX_NAME_BYTES) return encoded;
  return `${encoded.slice(0, 150)}@${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
}

export const sliceFile = (first: number): string => `${first}.mp4`;

/** The number that a slice's file name says; undefined for other files. */
export function sliceOfFile(name: string): number | undefined {
  const [, digits] = SLICE_FILE.exec(name) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** @param nodeId whose slice it is */
export function objectOfSlice(id: StreamId, day: string, first: number, nodeId: string): string {
  return `${objectsPrefix(id)}${day}/${first}-${nodeMark(nodeId)}.mp4`;
}

/** What tells a node's objects from others' in a storage. */
export const nodeMark = (nodeId: string): string => createHash('sha256').update(nodeId).digest('hex').slice(0, 8);

/** What the names of a stream's objects begin with; of all streams' where none is given. */
export function objectsPrefix(id?: StreamId): string {
  return id ? `${OBJECTS_PREFIX}${folderNames(id).join('/')}/` : OBJECTS_PREFIX;
}

export type SliceObject = {
  readonly folders: readonly [string, string, string];
  readonly day: string;
  readonly first: number;
  /** Undefined in what releases up to 0.1 wrote. */
  readonly node: string | undefined;
};

/** What an object's name says; undefined for objects that are no slices. */
export function sliceOfObject(object: string): SliceObject | undefined {
  if (!object.startsWith(OBJECTS_PREFIX)) return undefined;
  const [domain, app, name, day, file, ...rest] = object.slice(OBJECTS_PREFIX.length).split('/');
  const [, digits, node] = SLICE_OBJECT.exec(file ?? '') ?? [];
  if (!domain || !app || !name || !day || !isDayFolder(day) || !digits || rest.length > 0) return undefined;
  return { folders: [domain, app, name], day, first: Number(digits), node };
}

export const isDayFolder = (name: string): boolean => DAY_FOLDER.test(name);

/** The UTC day of a time, such as `2026-11-29`. */
export function dayOf(wallMs: number): string {
  const text = new Date(wallMs).toISOString();
  return text.slice(0, text.indexOf('T'));
}

export const dayStartMs = (day: string): number => Date.parse(`${day}T00:00:00Z`);
