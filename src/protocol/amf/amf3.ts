import { type ByteReader, MalformedError } from '../bytes/index.ts';
import { readKey, readText } from './text.ts';
import { type Amf0Object, type Amf0Value, type AmfBudget, asEcmaArray } from './value.ts';

const MARKER = {
  undefined: 0x00,
  null: 0x01,
  false: 0x02,
  true: 0x03,
  integer: 0x04,
  double: 0x05,
  string: 0x06,
  xmlDocument: 0x07,
  date: 0x08,
  array: 0x09,
  object: 0x0a,
  xml: 0x0b,
  byteArray: 0x0c,
} as const;

type Traits = { readonly isDynamic: boolean; readonly names: readonly string[] };

/** Reads the AMF 3 value behind an AVM+ switch. Byte arrays become undefined; object references are refused. */
export class Amf3Reader {
  readonly #reader: ByteReader;
  readonly #budget: AmfBudget;
  readonly #strings: string[] = [];
  readonly #traits: Traits[] = [];

  constructor(reader: ByteReader, budget: AmfBudget) {
    this.#reader = reader;
    this.#budget = budget;
  }

  value(): Amf0Value {
    this.#budget.take();
    const marker = this.#reader.u8();
    switch (marker) {
      case MARKER.undefined:
        return undefined;
      case MARKER.null:
        return null;
      case MARKER.false:
        return false;
      case MARKER.true:
        return true;
      case MARKER.integer:
        return this.#integer();
      case MARKER.double:
        return this.#reader.f64();
      case MARKER.string:
        return this.#string();
      default:
        return this.#budget.nested(() => this.#complex(marker));
    }
  }

  #complex(marker: number): Amf0Value {
    switch (marker) {
      case MARKER.xmlDocument:
      case MARKER.xml:
        return readText(this.#reader, this.#inlineLength());
      case MARKER.date:
        this.#inlineLength();
        return new Date(this.#reader.f64());
      case MARKER.array:
        return this.#array();
      case MARKER.object:
        return this.#object();
      case MARKER.byteArray:
        this.#reader.skip(this.#inlineLength());
        return undefined;
      default:
        throw new MalformedError('UNSUPPORTED', 'AMF3', `marker ${marker}`);
    }
  }

  #array(): Amf0Value {
    const count = this.#inlineLength();
    const named: Amf0Object = Object.create(null);
    let key = this.#string();
    const isDense = key === '';
    for (; key !== ''; key = this.#string()) named[key] = this.value();
    const items: Amf0Value[] = [];
    for (let i = 0; i < count; i++) items.push(this.value());
    if (isDense) return items;
    items.forEach((item, index) => {
      named[index] = item;
    });
    return asEcmaArray(named);
  }

  #object(): Amf0Object {
    const traits = this.#readTraits();
    const record: Amf0Object = Object.create(null);
    for (const name of traits.names) record[name] = this.value();
    if (!traits.isDynamic) return record;
    for (let key = this.#string(); key !== ''; key = this.#string()) record[key] = this.value();
    return record;
  }

  #readTraits(): Traits {
    const header = this.#inlineLength();
    if (header % 2 === 0) {
      const known = this.#traits[header / 2];
      if (!known) throw new MalformedError('BAD_VALUE', 'AMF3', `no traits ${header / 2}`);
      return known;
    }
    if (header & 2) throw new MalformedError('UNSUPPORTED', 'AMF3', 'externalizable object');
    this.#string();
    const names: string[] = [];
    for (let i = Math.floor(header / 8); i > 0; i--) {
      this.#budget.take();
      names.push(this.#string());
    }
    const traits = { isDynamic: (header & 4) !== 0, names };
    this.#traits.push(traits);
    return traits;
  }

  #string(): string {
    const header = this.#u29();
    if (header % 2 === 0) {
      const known = this.#strings[header / 2];
      if (known === undefined) throw new MalformedError('BAD_VALUE', 'AMF3', `no string ${header / 2}`);
      return known;
    }
    const text = readKey(this.#reader, (header - 1) / 2);
    if (text !== '') this.#strings.push(text);
    return text;
  }

  /** A U29 whose lowest bit says that the value stands here and is no reference. */
  #inlineLength(): number {
    const header = this.#u29();
    if (header % 2 === 0) throw new MalformedError('UNSUPPORTED', 'AMF3', 'object reference');
    return (header - 1) / 2;
  }

  #integer(): number {
    const value = this.#u29();
    return value >= 0x10000000 ? value - 0x20000000 : value;
  }

  #u29(): number {
    let value = 0;
    for (let i = 0; i < 3; i++) {
      const byte = this.#reader.u8();
      value = value * 128 + (byte & 0x7f);
      if (byte < 0x80) return value;
    }
    return value * 256 + this.#reader.u8();
  }
}
