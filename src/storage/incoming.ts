import type { Readable } from 'node:stream';

/** A part as it is sent: read once more where the bucket did not answer. */
export type IncomingPart = {
  readonly number: number;
  readonly sizeBytes: number;
  /** MD5 in base64. */
  readonly contentMd5: string;
  readonly open: () => Readable;
};

/** Where a folder takes the bytes of an object that is not whole yet: a hidden file, which may outlive the process. */
export type HiddenFiles = {
  readonly kind: 'file';
  /** Of this id; its folder is there once `prepare` was called. */
  readonly fileOf: (id: string) => string;
  readonly prepare: () => Promise<void>;
  /** Gives the file, whose bytes are on the disk, the object's name; what has the name already is replaced. */
  readonly publish: (id: string, name: string) => Promise<void>;
  /** What is not there is no failure. */
  readonly remove: (id: string) => Promise<void>;
};

/** How a bucket takes an object in parts, numbered from 1, each whole; the key outlives the process. */
export type BucketParts = {
  readonly kind: 'parts';
  /** All parts but the last one have at least so many bytes. */
  readonly leastBytes: number;
  readonly begin: (name: string, contentType: string | undefined) => Promise<string>;
  /** The tag that `complete` wants. The same number again takes its place. */
  readonly put: (name: string, key: string, part: IncomingPart, signal?: AbortSignal) => Promise<string>;
  /** Throws OBJECT_NOT_FOUND where the key is no longer known, as after it was completed. */
  readonly complete: (name: string, key: string, tags: readonly string[]) => Promise<void>;
  /** What is not there is no failure. */
  readonly abort: (name: string, key: string) => Promise<void>;
};

/** How big objects come into a storage, over restarts; nothing has its name before all of it is there. */
export type Incoming = HiddenFiles | BucketParts;
