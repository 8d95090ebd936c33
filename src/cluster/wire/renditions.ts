import { ByteReader, ByteWriter, MalformedError } from '../../protocol/bytes/index.ts';
import { expectEnd, readNumber, readText, writeText } from './text.ts';

/** A rendition that the stream has or could have, as its viewers are told of it. */
export type RenditionFacts = {
  readonly template: string;
  /** Under which it is asked for. */
  readonly name: string;
  readonly isAvailable: boolean;
  readonly codecs: readonly string[];
  readonly resolution?: { readonly width: number; readonly height: number };
  readonly frameRate?: number;
  readonly peakBitrate: number;
  readonly averageBitrate: number;
};

/** All of them, as they are from now on. */
export type RenditionsFrame = { readonly kind: 'renditions'; readonly renditions: readonly RenditionFacts[] };

/**
 *     count u8, then of each: template | name | isAvailable u8 | codecs: count u8, texts | width u16 | height u16 |
 *     frameRate f64 | peakBitrate f64 | averageBitrate f64 (0: not known)
 */
export function encodeRenditions({ renditions }: RenditionsFrame): Uint8Array {
  const writer = new ByteWriter(256).u8(renditions.length);
  for (const each of renditions) {
    writeText(writer, each.template);
    writeText(writer, each.name);
    writer.u8(each.isAvailable ? 1 : 0).u8(each.codecs.length);
    for (const codec of each.codecs) writeText(writer, codec);
    writer.u16(each.resolution?.width ?? 0).u16(each.resolution?.height ?? 0);
    writer
      .f64(each.frameRate ?? 0)
      .f64(each.peakBitrate)
      .f64(each.averageBitrate);
  }
  return writer.view();
}

export function decodeRenditions(bytes: Uint8Array): RenditionsFrame {
  const reader = new ByteReader(bytes, 'renditions');
  const renditions: RenditionFacts[] = [];
  for (let left = reader.u8(); left > 0; left--) renditions.push(readRendition(reader));
  expectEnd(reader, 'renditions');
  return { kind: 'renditions', renditions };
}

function readRendition(reader: ByteReader): RenditionFacts {
  const template = readText(reader, 'renditions');
  const name = readText(reader, 'renditions');
  const available = reader.u8();
  if (available > 1) throw new MalformedError('BAD_VALUE', 'renditions', `${available} is neither yes nor no`);
  const codecs: string[] = [];
  for (let left = reader.u8(); left > 0; left--) codecs.push(readText(reader, 'renditions'));
  const [width, height] = [reader.u16(), reader.u16()];
  const frameRate = readNumber(reader, 'renditions');
  return {
    ...{ template, name, isAvailable: available === 1, codecs },
    ...(width > 0 || height > 0 ? { resolution: { width, height } } : {}),
    ...(frameRate === 0 ? {} : { frameRate }),
    peakBitrate: readNumber(reader, 'renditions'),
    averageBitrate: readNumber(reader, 'renditions'),
  };
}
