import { ByteReader, ByteWriter, MalformedError } from '../../protocol/bytes/index.ts';
import { expectEnd, readText, writeText } from './text.ts';

/** What its owner makes of a stream now, for who stands by to go on with that. */
export type RunningFrame = {
  readonly kind: 'running';
  readonly isPackaged: boolean;
  /** The names of the renditions that run. */
  readonly renditions: readonly string[];
};

/**
 *     isPackaged u8 | count u8, names
 */
export function encodeRunning({ isPackaged, renditions }: Omit<RunningFrame, 'kind'>): Uint8Array {
  const writer = new ByteWriter(64).u8(isPackaged ? 1 : 0).u8(renditions.length);
  for (const name of renditions) writeText(writer, name);
  return writer.view();
}

export function decodeRunning(bytes: Uint8Array): RunningFrame {
  const reader = new ByteReader(bytes, 'running');
  const packaged = reader.u8();
  if (packaged > 1) throw new MalformedError('BAD_VALUE', 'running', `${packaged} is neither yes nor no`);
  const renditions: string[] = [];
  for (let left = reader.u8(); left > 0; left--) renditions.push(readText(reader, 'running'));
  expectEnd(reader, 'running');
  return { kind: 'running', isPackaged: packaged === 1, renditions };
}
