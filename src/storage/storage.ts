import type { Readable } from 'node:stream';
import type { Incoming } from './incoming.ts';

/** The bytes of an object: in memory, or a file that does not change meanwhile. */
export type ObjectContent = { readonly bytes: Uint8Array } | { readonly file: string };

/**
 * `sha256` (hex) is what the bytes must have; those that do not are refused and nothing is stored. With `moves` the file
 * is given away: where it can be, it is renamed instead of copied, and its checksum and its fsync are believed.
 */
export type PutOptions = {
  readonly contentType?: string;
  readonly sha256?: string;
  readonly moves?: boolean;
  readonly signal?: AbortSignal;
};

/**
 * `sha256` where the storage knows it without reading the object; `arrivedAtMs` where it may be later than the last change,
 * as of a file that was moved there.
 */
export type ObjectInfo = {
  readonly name: string;
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
  readonly arrivedAtMs?: number;
  readonly contentType?: string;
  readonly sha256?: string;
};

/** `end` is the last byte asked for; past the object's end it is cut there. */
export type ByteRange = { readonly start: number; readonly end?: number };

/** `body` must be read to its end or destroyed. */
export type ObjectBody = ObjectInfo & { readonly body: Readable };

export type GetOptions = { readonly range?: ByteRange; readonly signal?: AbortSignal };

/** `after` is the last name of the page before. */
export type ListOptions = { readonly after?: string; readonly signal?: AbortSignal };

/** A place for objects under exact names; every failure is a StorageError. */
export interface Storage {
  readonly name: string;
  readonly kind: 'folder' | 's3';
  /** Where it is, for people: a folder, or endpoint and bucket. */
  readonly place: string;
  /** How objects come in that are not whole at once. */
  readonly incoming: Incoming;
  /** Where an object's file is, or would be; undefined where objects are no files. */
  fileOf?(name: string): string;
  /** Stores all of it or nothing, in the place of what has the name already. */
  put(name: string, content: ObjectContent, options?: PutOptions): Promise<{ readonly sha256: string }>;
  get(name: string, options?: GetOptions): Promise<ObjectBody>;
  /** Undefined where there is none. */
  head(name: string, signal?: AbortSignal): Promise<ObjectInfo | undefined>;
  /** Deleting what is not there is no failure. */
  delete(name: string, signal?: AbortSignal): Promise<void>;
  /** Objects whose names begin so, in the order of the names' bytes. */
  list(prefix: string, options?: ListOptions): AsyncIterable<ObjectInfo>;
  /** What a stranger gets without credentials; undefined where strangers have no way in. */
  strangersMay?(name: string): Promise<readonly ('list' | 'read')[]>;
  close(): void;
}
