import { BitReader, BitWriter, MalformedError } from '../bytes/index.ts';
import { programConfigChannels } from './program-config.ts';
import { readSampleRate, writeSampleRate } from './sample-rates.ts';

const structure = 'AudioSpecificConfig';

/** `AudioSpecificConfig` (ISO/IEC 14496-3, 1.6.2.1) of the General Audio object types. */
export type AacConfig = {
  /** Audio object type of the core: 2 is AAC-LC, also under SBR and PS. */
  readonly objectType: number;
  /** Core sample rate in Hz; SBR doubles it on output. */
  readonly sampleRate: number;
  /** `channelConfiguration`; 0 means that a program config element says it. */
  readonly channelConfiguration: number;
  /** Channels of the core; 1 with PS is stereo on output. */
  readonly channels: number;
  /** Samples per channel in one access unit of the core: 1024 or 960. */
  readonly samplesPerFrame: number;
  readonly extension?: AacExtension;
};

/** SBR and PS as the configuration signals them. */
export type AacExtension = {
  /** `hierarchical`: object type 5 or 29 comes first; `backward-compatible`: a sync extension at the end. */
  readonly signalling: 'hierarchical' | 'backward-compatible';
  /** False only for a sync extension that says explicitly that there is no SBR. */
  readonly hasSbr: boolean;
  readonly hasPs: boolean;
  /** Output sample rate in Hz; the core's when there is no SBR. */
  readonly sampleRate: number;
};

const channelsByConfiguration: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 8, 0, 0, 0, 7, 8, 24, 8];
/** Object types whose specific configuration is `GASpecificConfig`. */
const generalAudioTypes: ReadonlySet<number> = new Set([1, 2, 3, 4, 6, 7, 17, 19, 20, 21, 22, 23]);
const sbr = 5;
const ps = 29;

/** Decodes the FLV sequence header, or the DecoderSpecificInfo of an `esds` box. */
export function decodeAacConfig(bytes: Uint8Array): AacConfig {
  const reader = new BitReader(bytes, structure);
  const firstType = readObjectType(reader);
  const sampleRate = readSampleRate(reader, structure);
  const channelConfiguration = reader.bits(4);
  let extension: AacExtension | undefined;
  let objectType = firstType;
  if (firstType === sbr || firstType === ps) {
    const outputRate = readSampleRate(reader, structure);
    extension = { signalling: 'hierarchical', hasSbr: true, hasPs: firstType === ps, sampleRate: outputRate };
    objectType = readObjectType(reader);
  }
  if (!generalAudioTypes.has(objectType)) {
    throw new MalformedError('UNSUPPORTED', structure, `audio object type ${objectType}`);
  }
  const { samplesPerFrame, channels } = readGeneralAudio(reader, objectType, channelConfiguration);
  extension ??= readSyncExtension(reader, sampleRate);
  const config = { objectType, sampleRate, channelConfiguration, channels, samplesPerFrame };
  return extension === undefined ? config : { ...config, extension };
}

/** Encodes a configuration; one that needs a program config element (`channelConfiguration` 0) cannot be written. */
export function encodeAacConfig(config: AacConfig): Uint8Array {
  if (config.channelConfiguration === 0) throw new RangeError('cannot write a program config element');
  const writer = new BitWriter();
  const { extension } = config;
  const isHierarchical = extension?.signalling === 'hierarchical';
  writeObjectType(writer, isHierarchical ? (extension.hasPs ? ps : sbr) : config.objectType);
  writeSampleRate(writer, config.sampleRate);
  writer.bits(config.channelConfiguration, 4);
  if (isHierarchical) {
    writeSampleRate(writer, extension.sampleRate);
    writeObjectType(writer, config.objectType);
  }
  writer.flag(config.samplesPerFrame === 960).bits(0, 2);
  if (extension?.signalling === 'backward-compatible') writeSyncExtension(writer, extension);
  return writer.toBytes();
}

/** RFC 6381 codec string: `mp4a.40.2`, or `.5` and `.29` when SBR and PS are signalled first. */
export function aacCodecString(config: AacConfig): string {
  const { extension } = config;
  if (extension?.signalling !== 'hierarchical') return `mp4a.40.${config.objectType}`;
  return `mp4a.40.${extension.hasPs ? ps : sbr}`;
}

/** Channels after decoding: PS turns mono into stereo. */
export function aacOutputChannels(config: AacConfig): number {
  return config.extension?.hasPs === true && config.channels === 1 ? 2 : config.channels;
}

function readObjectType(reader: BitReader): number {
  const type = reader.bits(5);
  return type === 31 ? 32 + reader.bits(6) : type;
}

function writeObjectType(writer: BitWriter, type: number): void {
  if (type >= 32) writer.bits(31, 5).bits(type - 32, 6);
  else writer.bits(type, 5);
}

/** `GASpecificConfig` (ISO/IEC 14496-3, 4.4.1). */
function readGeneralAudio(reader: BitReader, objectType: number, channelConfiguration: number) {
  const samplesPerFrame = reader.flag() ? 960 : 1024;
  if (reader.flag()) reader.skip(14); // coreCoderDelay
  const hasExtension = reader.flag();
  const channels =
    channelConfiguration === 0 ? programConfigChannels(reader) : (channelsByConfiguration[channelConfiguration] ?? 0);
  if (channels === 0) {
    throw new MalformedError('BAD_VALUE', structure, `channel configuration ${channelConfiguration}`);
  }
  if (objectType === 6 || objectType === 20) reader.skip(3); // layerNr
  if (hasExtension) {
    if (objectType === 22) reader.skip(16);
    if (objectType === 17 || objectType === 19 || objectType === 20 || objectType === 23) reader.skip(3);
    reader.skip(1); // extensionFlag3
  }
  return { samplesPerFrame, channels };
}

const syncExtensionSbr = 0x2b7;
const syncExtensionPs = 0x548;

function readSyncExtension(reader: BitReader, coreRate: number): AacExtension | undefined {
  if (reader.remainingBits < 17 || reader.bits(11) !== syncExtensionSbr) return undefined;
  if (readObjectType(reader) !== sbr) return undefined;
  const signalling = 'backward-compatible';
  if (reader.remainingBits < 1 || !reader.flag()) {
    return { signalling, hasSbr: false, hasPs: false, sampleRate: coreRate };
  }
  const sampleRate = readSampleRate(reader, structure);
  const hasPs = reader.remainingBits >= 12 && reader.bits(11) === syncExtensionPs && reader.flag();
  return { signalling, hasSbr: true, hasPs, sampleRate };
}

function writeSyncExtension(writer: BitWriter, extension: AacExtension): void {
  writer.bits(syncExtensionSbr, 11).bits(sbr, 5).flag(extension.hasSbr);
  if (!extension.hasSbr) return;
  writeSampleRate(writer, extension.sampleRate);
  if (extension.hasPs) writer.bits(syncExtensionPs, 11).flag(true);
}
