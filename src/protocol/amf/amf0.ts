import { ByteReader, ByteWriter, MalformedError } from '../bytes/index.ts';
import { Amf3Reader } from './amf3.ts';
import { readKey, readText } from './text.ts';
import {
  type Amf0Object,
  type Amf0Value,
  AmfBudget,
  type AmfLimits,
  asEcmaArray,
  DEFAULT_AMF_LIMITS,
  isEcmaArray,
} from './value.ts';

const MARKER = {
  number: 0x00,
  boolean: 0x01,
  string: 0x02,
  object: 0x03,
  null: 0x05,
  undefined: 0x06,
  ecmaArray: 0x08,
  objectEnd: 0x09,
  strictArray: 0x0a,
  date: 0x0b,
  longString: 0x0c,
  unsupported: 0x0d,
  xmlDocument: 0x0f,
  typedObject: 0x10,
  avmPlus: 0x11,
} as const;

const utf8 = new TextEncoder();

/** All values of a message body (AMF 0, section 2). References and movie clips are refused, class names dropped. */
export function decodeAmf0(bytes: Uint8Array, limits: AmfLimits = DEFAULT_AMF_LIMITS): Amf0Value[] {
  const reader = new ByteReader(bytes, 'AMF0');
  const budget = new AmfBudget(limits);
  const values: Amf0Value[] = [];
  while (reader.remaining > 0) values.push(readValue(reader, reader.u8(), budget));
  return values;
}

function readValue(reader: ByteReader, marker: number, budget: AmfBudget): Amf0Value {
  budget.take();
  switch (marker) {
    case MARKER.number:
      return reader.f64();
    case MARKER.boolean:
      return reader.u8() !== 0;
    case MARKER.string:
      return readText(reader, reader.u16());
    case MARKER.null:
      return null;
    case MARKER.undefined:
    case MARKER.unsupported:
      return undefined;
    case MARKER.longString:
    case MARKER.xmlDocument:
      return readText(reader, reader.u32());
    case MARKER.date:
      return readDate(reader);
    default:
      return budget.nested(() => readComplex(reader, marker, budget));
  }
}

function readComplex(reader: ByteReader, marker: number, budget: AmfBudget): Amf0Value {
  switch (marker) {
    case MARKER.object:
      return readMembers(reader, budget);
    case MARKER.ecmaArray:
      reader.skip(4);
      return asEcmaArray(readMembers(reader, budget));
    case MARKER.typedObject:
      reader.skip(reader.u16());
      return readMembers(reader, budget);
    case MARKER.strictArray:
      return readStrictArray(reader, budget);
    case MARKER.avmPlus:
      return new Amf3Reader(reader, budget).value();
    default:
      throw new MalformedError('UNSUPPORTED', 'AMF0', `marker ${marker} at offset ${reader.offset - 1}`);
  }
}

function readMembers(reader: ByteReader, budget: AmfBudget): Amf0Object {
  const record: Amf0Object = Object.create(null);
  for (;;) {
    const length = reader.u16();
    const key = readKey(reader, length);
    const marker = reader.u8();
    if (length === 0 && marker === MARKER.objectEnd) return record;
    record[key] = readValue(reader, marker, budget);
  }
}

function readStrictArray(reader: ByteReader, budget: AmfBudget): Amf0Value[] {
  const count = reader.u32();
  if (count > reader.remaining) {
    throw new MalformedError('SHORT_READ', 'AMF0', `array of ${count} values in ${reader.remaining} bytes`);
  }
  const values: Amf0Value[] = [];
  for (let i = 0; i < count; i++) values.push(readValue(reader, reader.u8(), budget));
  return values;
}

function readDate(reader: ByteReader): Date {
  const date = new Date(reader.f64());
  reader.skip(2);
  return date;
}

/** The values of a message body one after the other; text past 65,535 bytes becomes a long string. */
export function encodeAmf0(...values: readonly Amf0Value[]): Uint8Array {
  const writer = new ByteWriter();
  for (const value of values) writeValue(writer, value);
  return writer.toBytes();
}

function writeValue(writer: ByteWriter, value: Amf0Value): void {
  if (value === undefined) writer.u8(MARKER.undefined);
  else if (value === null) writer.u8(MARKER.null);
  else if (typeof value === 'number') writer.u8(MARKER.number).f64(value);
  else if (typeof value === 'boolean') writer.u8(MARKER.boolean).u8(value ? 1 : 0);
  else if (typeof value === 'string') writeString(writer, value);
  else if (value instanceof Date) writer.u8(MARKER.date).f64(value.getTime()).u16(0);
  else if (Array.isArray(value)) {
    writer.u8(MARKER.strictArray).u32(value.length);
    for (const item of value) writeValue(writer, item);
  } else writeRecord(writer, value);
}

function writeString(writer: ByteWriter, value: string): void {
  const bytes = utf8.encode(value);
  if (bytes.length <= 0xffff) writer.u8(MARKER.string).u16(bytes.length).bytes(bytes);
  else writer.u8(MARKER.longString).u32(bytes.length).bytes(bytes);
}

function writeRecord(writer: ByteWriter, record: Amf0Object): void {
  const entries = Object.entries(record);
  if (isEcmaArray(record)) writer.u8(MARKER.ecmaArray).u32(entries.length);
  else writer.u8(MARKER.object);
  for (const [key, value] of entries) {
    const name = utf8.encode(key);
    if (name.length > 0xffff) throw new RangeError(`AMF0 key of ${name.length} bytes`);
    writer.u16(name.length).bytes(name);
    writeValue(writer, value);
  }
  writer.u16(0).u8(MARKER.objectEnd);
}
