import type { StoredUploadPart, StoredUploadSession } from '../../store/index.ts';

/** A session's bytes as they are written one after the other. */
export interface Appender {
  /** How many bytes there are from the beginning of the object. */
  readonly atByte: number;
  write(bytes: Uint8Array): Promise<void>;
  /** Afterwards all that was written survives the process. */
  sync(): Promise<void>;
  /** Forgets what was written behind this byte since the last `sync`. */
  cutTo(byte: number): Promise<void>;
  close(): Promise<void>;
}

/** Where a part was put: at a byte of the hidden file, or in a file of its own. */
export type PlacedPart = { readonly atByte: number | null };

/** Bytes as a client sends them. */
export type Bytes = AsyncIterable<Uint8Array>;

/** How the bytes of sessions come into one kind of storage. */
export interface Landing {
  /** Goes on behind what survived, which may be less than the session says. */
  append(session: StoredUploadSession): Promise<Appender>;
  /** Puts a part whole or throws. */
  putPart(session: StoredUploadSession, number: number, sizeBytes: number, bytes: Bytes): Promise<PlacedPart>;
  /** The row of the part is there: what can go into the storage goes. */
  settleParts(session: StoredUploadSession): Promise<void>;
  /** The SHA-256 in hex of what `publish` would publish; undefined where it cannot be read before. */
  sha256Of(session: StoredUploadSession): Promise<string | undefined>;
  /** Makes one object of the parts, in this order; may be called again. */
  gather(session: StoredUploadSession, parts: readonly StoredUploadPart[]): Promise<void>;
  /** Gives the object its name; may be called again where nobody knows whether it was done. */
  publish(session: StoredUploadSession, sizeBytes: number): Promise<void>;
  /** Removes what there is of the session; what is not there is no failure. */
  discard(session: StoredUploadSession): Promise<void>;
}

/** What survives is written down each time so many bytes have come. */
export const SYNC_BYTES = 67_108_864;
