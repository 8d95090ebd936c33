import { type Amf0Object, type Amf0Value, decodeAmf0, encodeAmf0, isAmf0Object } from '../amf/index.ts';
import { MalformedError } from '../bytes/index.ts';
import { MESSAGE_TYPE } from './message.ts';

/** A command message (section 7.1.1): `args[0]` is the command object, mostly null. */
export type RtmpCommand = {
  readonly name: string;
  /** 0 where the sender wants no answer. */
  readonly transactionId: number;
  readonly args: readonly Amf0Value[];
};

/** The command in a payload of type 20, or 17 whose leading format byte is skipped. */
export function decodeCommand(typeId: number, payload: Uint8Array): RtmpCommand {
  const [name, transactionId, ...args] = decodeAmf0(withoutFormatByte(typeId, payload));
  if (typeof name !== 'string') throw wrong('command', 'its name is no string');
  if (typeof transactionId === 'number') return { name, transactionId, args };
  // GoPro writes null where the transaction id belongs.
  if (transactionId === null || transactionId === undefined) return { name, transactionId: 0, args };
  throw wrong(name, 'its transaction id is no number');
}

/** The payload of a command for type 20. */
export function encodeCommand(command: RtmpCommand): Uint8Array {
  return encodeAmf0(command.name, command.transactionId, ...command.args);
}

/** A body of type 15 or 17 begins with a format byte 0 before its AMF0 values. */
export function withoutFormatByte(typeId: number, payload: Uint8Array): Uint8Array {
  const isAmf3 = typeId === MESSAGE_TYPE.commandAmf3 || typeId === MESSAGE_TYPE.dataAmf3;
  return isAmf3 && payload[0] === 0 ? payload.subarray(1) : payload;
}

/** What a `connect` command says (section 7.2.1.1, and Enhanced RTMP v2, "Enhancing NetConnection connect"). */
export type ConnectInfo = {
  readonly app: string;
  readonly tcUrl: string;
  readonly flashVer: string;
  readonly pageUrl: string;
  readonly objectEncoding: number;
  /** Bits of CapsExMask; 0 from a peer that knows no Enhanced RTMP v2. */
  readonly capsEx: number;
  readonly fourCcList: readonly string[];
  readonly videoFourCcInfoMap: Amf0Object | undefined;
  readonly audioFourCcInfoMap: Amf0Object | undefined;
};

export function parseConnect(command: RtmpCommand): ConnectInfo {
  const record = command.args[0];
  if (!isAmf0Object(record)) throw wrong('connect', 'its command object is missing');
  return {
    app: textOf('connect', record.app),
    tcUrl: textOf('connect', record.tcUrl),
    flashVer: textOf('connect', record.flashVer),
    pageUrl: textOf('connect', record.pageUrl),
    objectEncoding: numberOf(record.objectEncoding),
    capsEx: numberOf(record.capsEx),
    fourCcList: stringsOf(record.fourCcList),
    videoFourCcInfoMap: recordOf(record.videoFourCcInfoMap),
    audioFourCcInfoMap: recordOf(record.audioFourCcInfoMap),
  };
}

/** The stream name of `publish`, `play`, `releaseStream`, `FCPublish`: empty when it is left out. */
export function parseStreamName(command: RtmpCommand): string {
  return textOf(command.name, command.args[1]);
}

/** `live`, `record` or `append`; `live` when it is left out. */
export function parsePublishType(command: RtmpCommand): string {
  return textOf('publish', command.args[2]) || 'live';
}

/** The message stream id in `deleteStream`, or undefined when it is left out. */
export function parseStreamId(command: RtmpCommand): number | undefined {
  const id = command.args[1];
  if (id === undefined || id === null) return undefined;
  if (typeof id !== 'number') throw wrong(command.name, 'its stream id is no number');
  return id;
}

/** The information object of `onStatus` or `_error`; empty strings where it says nothing. */
export type StatusInfo = { readonly level: string; readonly code: string; readonly description: string };

export function parseStatus(command: RtmpCommand): StatusInfo {
  const info = recordOf(command.args[1]);
  const text = (key: string) => {
    const value = info?.[key];
    return typeof value === 'string' ? value : '';
  };
  return { level: text('level'), code: text('code'), description: text('description') };
}

function textOf(command: string, value: Amf0Value): string {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return '';
  throw wrong(command, 'a text is of another type');
}

function numberOf(value: Amf0Value): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

function stringsOf(value: Amf0Value): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function recordOf(value: Amf0Value): Amf0Object | undefined {
  return isAmf0Object(value) ? value : undefined;
}

function wrong(command: string, detail: string): MalformedError {
  return new MalformedError('BAD_VALUE', `RTMP ${command.slice(0, 40)}`, detail);
}
