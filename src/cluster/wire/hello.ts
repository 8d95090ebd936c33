import { ByteReader, ByteWriter } from '../../protocol/bytes/index.ts';
import { expectEnd, readNumber, readText, writeText } from './text.ts';

/** What a copy of a stream begins with. */
export type Hello = {
  readonly kind: 'hello';
  readonly version: number;
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

export const WIRE_VERSION = 3;

/**
 *     version u16 | node | epoch f64 | startedWallMs f64 | parent | firstPacket f64
 */
export function encodeHello(hello: Hello): Uint8Array {
  const writer = new ByteWriter(64).u16(hello.version);
  writeText(writer, hello.node);
  writer.f64(hello.epoch).f64(hello.startedWallMs);
  writeText(writer, hello.parent);
  return writer.f64(hello.firstPacket).view();
}

export function decodeHello(bytes: Uint8Array): Hello {
  const reader = new ByteReader(bytes, 'hello');
  const version = reader.u16();
  const node = readText(reader, 'hello');
  const epoch = readNumber(reader, 'hello');
  const startedWallMs = readNumber(reader, 'hello');
  const parent = readText(reader, 'hello');
  const firstPacket = readNumber(reader, 'hello');
  expectEnd(reader, 'hello');
  return { kind: 'hello', version, node, epoch, startedWallMs, parent, firstPacket };
}
