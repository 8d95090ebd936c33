import { ByteReader, ByteWriter } from '../../protocol/bytes/index.ts';
import { expectEnd, readNumber, readText, writeText } from './text.ts';

/** What a copy of a stream begins with. */
export type Hello = {
  readonly kind: 'hello';
  /** Of what is sent, and the oldest of a reader that makes sense of it. */
  readonly version: number;
  readonly oldestReader: number;
  /** Which node sends, and the ownership of the stream that it has: a later one has a higher epoch. */
  readonly node: string;
  readonly epoch: number;
  /** When the stream began; tells two streams of one name and epoch apart. */
  readonly startedWallMs: number;
  /** The name of the stream that this one is a rendition of; empty for one that is none. */
  readonly parent: string;
  /** How many packets the stream had before the first of those that follow. */
  readonly firstPacket: number;
};

/**
 * Nodes of two releases copy each other's streams while a cluster is upgraded: frames of a kind that came later are
 * passed over. A new kind raises WIRE_VERSION. What older readers cannot do without, or would take for something else,
 * raises OLDEST_READER with it; what is not read any more, OLDEST_SENDER.
 */
export const WIRE_VERSION = 5;
export const OLDEST_READER = 4;
const OLDEST_SENDER = 4;

/** Whether this release makes sense of what such a sender sends. */
export function canRead({ version, oldestReader }: Pick<Hello, 'version' | 'oldestReader'>): boolean {
  return version >= OLDEST_SENDER && oldestReader <= WIRE_VERSION;
}

/**
 *     version u16 | oldestReader u16 | node | epoch f64 | startedWallMs f64 | parent | firstPacket f64
 */
export function encodeHello(hello: Hello): Uint8Array {
  const writer = new ByteWriter(64).u16(hello.version).u16(hello.oldestReader);
  writeText(writer, hello.node);
  writer.f64(hello.epoch).f64(hello.startedWallMs);
  writeText(writer, hello.parent);
  return writer.f64(hello.firstPacket).view();
}

export function decodeHello(bytes: Uint8Array): Hello {
  const reader = new ByteReader(bytes, 'hello');
  const version = reader.u16();
  const oldestReader = reader.u16();
  const node = readText(reader, 'hello');
  const epoch = readNumber(reader, 'hello');
  const startedWallMs = readNumber(reader, 'hello');
  const parent = readText(reader, 'hello');
  const firstPacket = readNumber(reader, 'hello');
  expectEnd(reader, 'hello');
  return { kind: 'hello', version, oldestReader, node, epoch, startedWallMs, parent, firstPacket };
}
