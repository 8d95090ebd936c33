/** Video codecs a track can have here; the names are ours, not the wire's. */
export type VideoCodec = 'h264' | 'h265' | 'av1' | 'vp9';

/** Audio codecs a track can have here; the names are ours, not the wire's. */
export type AudioCodec = 'aac' | 'mp3' | 'opus' | 'flac';

const videoFourCCs: ReadonlyMap<number, VideoCodec> = new Map([
  [fourCCValue('avc1'), 'h264'],
  [fourCCValue('hvc1'), 'h265'],
  [fourCCValue('av01'), 'av1'],
  [fourCCValue('vp09'), 'vp9'],
]);

const audioFourCCs: ReadonlyMap<number, AudioCodec> = new Map([
  [fourCCValue('mp4a'), 'aac'],
  [fourCCValue('.mp3'), 'mp3'],
  [fourCCValue('Opus'), 'opus'],
  [fourCCValue('fLaC'), 'flac'],
]);

/** Codec of an Enhanced RTMP video FourCC given as a u32; undefined for `vp08` and unknown ones. */
export function videoCodecOfFourCC(fourCC: number): VideoCodec | undefined {
  return videoFourCCs.get(fourCC);
}

/** Codec of an Enhanced RTMP audio FourCC given as a u32; undefined for `ac-3`, `ec-3` and unknown ones. */
export function audioCodecOfFourCC(fourCC: number): AudioCodec | undefined {
  return audioFourCCs.get(fourCC);
}

/** Codec of a legacy `CodecID` (FLV 10.1, E.4.3.1); 12 is HEVC as it was sent before Enhanced RTMP. */
export function videoCodecOfId(codecId: number): VideoCodec | undefined {
  if (codecId === 7) return 'h264';
  return codecId === 12 ? 'h265' : undefined;
}

/** Codec of a legacy `SoundFormat` (FLV 10.1, E.4.2.1); 14 is MP3 at 8 kHz. */
export function audioCodecOfFormat(soundFormat: number): AudioCodec | undefined {
  if (soundFormat === 10) return 'aac';
  return soundFormat === 2 || soundFormat === 14 ? 'mp3' : undefined;
}

/** The FourCC a codec has in Enhanced RTMP, as a u32. */
export function fourCCOf(codec: VideoCodec | AudioCodec): number {
  return fourCCsByCodec[codec];
}

/** A FourCC as a big-endian u32, e.g. of `hvc1`. */
export function fourCCValue(text: string): number {
  let value = 0;
  for (let i = 0; i < 4; i++) value = value * 256 + (text.charCodeAt(i) & 0xff);
  return value;
}

/** The FourCC at `at` as a u32, without a reader because it runs per frame: the caller has checked the length. */
export function fourCCAt(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0
  );
}

/** The four characters of a FourCC; bytes that are not printable ASCII become `?`. */
export function fourCCText(value: number): string {
  let text = '';
  for (let shift = 24; shift >= 0; shift -= 8) {
    const byte = (value >>> shift) & 0xff;
    text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '?';
  }
  return text;
}

const fourCCsByCodec: Readonly<Record<VideoCodec | AudioCodec, number>> = {
  h264: fourCCValue('avc1'),
  h265: fourCCValue('hvc1'),
  av1: fourCCValue('av01'),
  vp9: fourCCValue('vp09'),
  aac: fourCCValue('mp4a'),
  mp3: fourCCValue('.mp3'),
  opus: fourCCValue('Opus'),
  flac: fourCCValue('fLaC'),
};
