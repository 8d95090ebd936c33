import type { Amf0Object, Amf0Value } from '../amf/index.ts';
import { encodeAmf0 } from '../amf/index.ts';
import type { ChunkWriter } from './chunk-writer.ts';
import { type ConnectInfo, encodeCommand } from './command.ts';
import { MESSAGE_TYPE } from './message.ts';

/** FourCCs of Enhanced RTMP that pass through this server. */
export const ENHANCED_VIDEO_FOUR_CCS = ['avc1', 'hvc1', 'av01', 'vp08', 'vp09'] as const;
export const ENHANCED_AUDIO_FOUR_CCS = ['mp4a', 'Opus', 'fLaC', 'ac-3', 'ec-3', '.mp3'] as const;

/** CapsExMask bit `Reconnect` (Enhanced RTMP v2). */
export const CAPS_EX_RECONNECT = 1;
/** FourCcInfoMask bit `CanForward`. */
const CAN_FORWARD = 4;
const COMMAND_CHUNK_STREAM = 3;
const STATUS_CHUNK_STREAM = 5;

export type StatusLevel = 'status' | 'error';

/** Writes the answers of a server, each as its peers expect it. */
export class ServerReplies {
  readonly #writer: ChunkWriter;

  constructor(writer: ChunkWriter) {
    this.#writer = writer;
  }

  connected(transactionId: number, info: ConnectInfo): void {
    const properties = { fmsVer: 'FMS/3,5,7,7009', capabilities: 31, mode: 1, ...enhancedProperties(info) };
    this.#result(transactionId, properties, {
      level: 'status',
      code: 'NetConnection.Connect.Success',
      description: 'Connection succeeded.',
      objectEncoding: 0,
    });
  }

  result(transactionId: number, value: Amf0Value): void {
    if (transactionId > 0) this.#result(transactionId, null, value);
  }

  error(transactionId: number, description: string): void {
    if (transactionId <= 0) return;
    const info = { level: 'error', code: 'NetConnection.Call.Failed', description };
    this.command(0, '_error', transactionId, null, info);
  }

  status(messageStreamId: number, level: StatusLevel, code: string, description: string, more?: Amf0Object): void {
    this.command(messageStreamId, 'onStatus', 0, null, { level, code, description, ...more });
  }

  /** Tells a player that it may read samples; some wait for it. */
  sampleAccess(messageStreamId: number): void {
    const payload = [encodeAmf0('|RtmpSampleAccess', true, true)];
    const typeId = MESSAGE_TYPE.dataAmf0;
    this.#writer.write({ chunkStreamId: STATUS_CHUNK_STREAM, timestamp: 0, typeId, messageStreamId, payload });
  }

  command(messageStreamId: number, name: string, transactionId: number, ...args: readonly Amf0Value[]): void {
    this.#writer.write({
      chunkStreamId: messageStreamId === 0 ? COMMAND_CHUNK_STREAM : STATUS_CHUNK_STREAM,
      timestamp: 0,
      typeId: MESSAGE_TYPE.commandAmf0,
      messageStreamId,
      payload: [encodeCommand({ name, transactionId, args })],
    });
  }

  #result(transactionId: number, ...args: readonly Amf0Value[]): void {
    this.command(0, '_result', transactionId, ...args);
  }
}

/** What a client of Enhanced RTMP offers and this server has too; nothing for other clients. */
function enhancedProperties(info: ConnectInfo): Amf0Object {
  const properties: Amf0Object = {};
  if (info.capsEx > 0) properties.capsEx = CAPS_EX_RECONNECT;
  if (info.fourCcList.length > 0) {
    properties.fourCcList = inCommon([...ENHANCED_VIDEO_FOUR_CCS, ...ENHANCED_AUDIO_FOUR_CCS], info.fourCcList);
  }
  if (info.videoFourCcInfoMap) {
    properties.videoFourCcInfoMap = infoMap(ENHANCED_VIDEO_FOUR_CCS, info.videoFourCcInfoMap);
  }
  if (info.audioFourCcInfoMap) {
    properties.audioFourCcInfoMap = infoMap(ENHANCED_AUDIO_FOUR_CCS, info.audioFourCcInfoMap);
  }
  return properties;
}

function infoMap(ours: readonly string[], offered: Amf0Object): Amf0Object {
  return Object.fromEntries(inCommon(ours, Object.keys(offered)).map((fourCc) => [fourCc, CAN_FORWARD]));
}

function inCommon(ours: readonly string[], offered: readonly string[]): string[] {
  return offered.includes('*') ? [...ours] : ours.filter((fourCc) => offered.includes(fourCc));
}
