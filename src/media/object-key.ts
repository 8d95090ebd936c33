import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { checkObjectName } from '../storage/index.ts';
import type { MediaPlace } from './media-place.ts';

/** What a name is made of. */
export type KeyFacts = {
  readonly input?: MediaPlace | undefined;
  /** Names that have `{uuid}` follow from it. */
  readonly seed: string;
  readonly atMs: number;
  readonly sha256: string;
  readonly md5: string;
  readonly bitsPerSecond?: number | undefined;
  readonly version: number;
  readonly count?: number;
};

const COUNT_DIGITS = 5;

/**
 * Fills in the variables of an output's name: {hash} of its bytes, {uuid} and {date} (UTC) of its task, {version} where
 * there are some already, and those of MPS: {ObjectPrefix} (the input's folder), {FileName} and {ExtName} of the input,
 * {DestMd5} and {DestAvgBitrate} (kbit/s) of the output, {Count} of one of several pictures. Others stay as they are.
 */
export function fillKey(template: string, facts: KeyFacts): string {
  const { input, seed, atMs, sha256, md5, bitsPerSecond = 0, version, count } = facts;
  const path = input ? pathOf(input) : '';
  const extension = posix.extname(path);
  const folder = posix.dirname(path);
  const values: Readonly<Record<string, string | undefined>> = {
    hash: sha256.slice(0, 32),
    uuid: uuidOf(seed),
    date: new Date(atMs).toISOString().slice(0, 10).replaceAll('-', ''),
    version: String(version),
    ObjectPrefix: folder === '.' || folder === '/' ? '' : `${folder.replace(/^\//, '')}/`,
    FileName: posix.basename(path, extension),
    ExtName: extension.slice(1),
    DestMd5: md5,
    DestAvgBitrate: String(Math.round(bitsPerSecond / 1000)),
    Count: count === undefined ? undefined : String(count).padStart(COUNT_DIGITS, '0'),
  };
  return checkObjectName(template.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole));
}

/** A name that is not taken: the same with `-2`, `-3` ... before its extension. */
export function versionOf(object: string, version: number): string {
  if (version === 1) return object;
  const extension = posix.extname(object);
  return `${object.slice(0, object.length - extension.length)}-${version}${extension}`;
}

function pathOf(place: MediaPlace): string {
  if ('object' in place) return place.object;
  if ('file' in place) return posix.basename(place.file);
  return posix.basename(decodeURIComponent(new URL(place.url).pathname));
}

/** A UUID (version 8 of RFC 9562) that follows from a text. */
function uuidOf(seed: string): string {
  const hex = createHash('sha256').update(seed).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
