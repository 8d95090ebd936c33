import { StorageError } from './storage-error.ts';

const MAX_NAME_BYTES = 1024;
const MAX_SEGMENT_BYTES = 255;
/** Where a folder keeps what is not whole yet; the name of no object. */
export const PARTIAL_FOLDER = '.partial';
/** What has its place in a storage's folder and is no object of it: what is not whole yet, and the archive. */
const RESERVED_FOLDERS = [PARTIAL_FOLDER, '.archive'];

/**
 * The name of an object as it was given: segments between single slashes, none of them `.` or `..`, no backslash, no
 * control character, at most 1024 bytes of UTF-8 (what S3 takes) and 255 a segment (what file systems take).
 */
export function checkObjectName(name: string): string {
  const flaw = flawOf(name);
  if (flaw === undefined) return name;
  const remedy = 'Use names such as live/demo/1.jpg.';
  throw new StorageError('OBJECT_NAME_INVALID', `${JSON.stringify(name.slice(0, 200))} ${flaw}`, remedy);
}

/** The beginning of object names: empty, or cut anywhere in one. */
export function checkPrefix(prefix: string): string {
  if (prefix === '') return prefix;
  checkObjectName(/(^|\/)\.{0,2}$/.test(prefix) ? `${prefix}-` : prefix);
  return prefix;
}

export function isObjectName(name: string): boolean {
  return flawOf(name) === undefined;
}

function flawOf(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (/\p{Surrogate}/u.test(name)) return 'has a lone surrogate';
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) return `is longer than ${MAX_NAME_BYTES} bytes`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029\\]/u.test(name)) return 'has a backslash or a control character';
  const segments = name.split('/');
  const reserved = RESERVED_FOLDERS.find((folder) => segments[0] === folder);
  if (reserved !== undefined) return `begins with ${reserved}`;
  return segments.map(segmentFlaw).find((flaw) => flaw !== undefined);
}

function segmentFlaw(segment: string): string | undefined {
  if (segment === '') return 'begins or ends with a slash, or has two in a row';
  if (segment === '.' || segment === '..') return 'has a segment . or ..';
  if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES) return `has a segment longer than ${MAX_SEGMENT_BYTES} bytes`;
  return undefined;
}
