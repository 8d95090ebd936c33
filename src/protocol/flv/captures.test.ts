import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { aacCodecString, decodeAacConfig } from '../aac/index.ts';
import { av1CodecString, decodeAv1Config, findAv1SequenceHeader, withoutTemporalDelimiters } from '../av1/index.ts';
import { avcCodecString, decodeAvcConfig, decodeAvcSps, hasIdr, nalUnits } from '../h264/index.ts';
import { decodeHevcConfig, decodeHevcSps, hasIrap, hevcCodecString, hevcNalUnitsOfType } from '../h265/index.ts';
import { decodeOpusHead, opusPacketSamples } from '../opus/index.ts';
import { decodeVp9Config, vp9CodecString, vp9KeyFrameSize } from '../vp9/index.ts';
import {
  type AudioTag,
  decodeAudioTag,
  decodeMetadata,
  decodeVideoTag,
  encodeAudioFrameHeader,
  encodeAudioSequenceHeader,
  encodeFileHeader,
  encodeTag,
  encodeVideoFrameHeader,
  encodeVideoSequenceHeader,
  FlvReader,
  type FlvTag,
  type VideoFrame,
  type VideoTag,
} from './index.ts';

type Capture = { bytes: Uint8Array; tags: FlvTag[]; video: VideoTag[]; audio: AudioTag[] };

function capture(name: string): Capture {
  const bytes = readFileSync(new URL(`../../../test/fixtures/captures/${name}.flv`, import.meta.url));
  const tags = new FlvReader().push(bytes);
  const video = tags.filter((tag) => tag.type === 'video').map((tag) => decodeVideoTag(tag.payload));
  const audio = tags.filter((tag) => tag.type === 'audio').map((tag) => decodeAudioTag(tag.payload));
  return { bytes, tags, video, audio };
}

const captures = {
  av1: capture('enhanced-av1'),
  hevc: capture('enhanced-hevc'),
  vp9: capture('enhanced-vp9opus'),
  h264: capture('enhanced-h264opus'),
};
const all = Object.entries(captures);

function kinds(decoded: readonly (VideoTag | AudioTag)[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const tag of decoded) {
    const key = 'codec' in tag ? `${tag.kind} ${tag.codec}` : tag.kind;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

const frames = (video: readonly VideoTag[]) => video.filter((tag): tag is VideoFrame => tag.kind === 'frame');

function config(decoded: readonly (VideoTag | AudioTag)[]): Uint8Array {
  const found = decoded.find((tag) => tag.kind === 'sequence-header');
  if (found?.kind !== 'sequence-header') throw new Error('no sequence header');
  return found.config;
}

describe('captures of Enhanced FLV', () => {
  it.each([
    ['av1', 172, { 'sequence-header av1': 1, 'metadata av1': 1, 'frame av1': 65 }],
    ['hevc', 197, { 'sequence-header h265': 1, 'metadata h265': 1, 'frame h265': 76 }],
    ['vp9', 224, { 'sequence-header vp9': 1, 'metadata vp9': 1, 'frame vp9': 82 }],
    ['h264', 228, { 'sequence-header h264': 1, 'frame h264': 85 }],
  ] as const)('%s has its tags and video packets', (name, tagCount, expected) => {
    const { tags, video } = captures[name];
    expect(tags).toHaveLength(tagCount);
    expect(kinds(video)).toEqual(expected);
    expect(frames(video).filter((frame) => frame.isKeyFrame)).toHaveLength(2);
  });

  it.each([
    ['av1', { 'sequence-header aac': 1, 'frame aac': 103 }],
    ['hevc', { 'sequence-header aac': 1, 'frame aac': 117 }],
    ['vp9', { 'sequence-header opus': 1, 'multichannel-config opus': 1, 'frame opus': 137 }],
    ['h264', { 'sequence-header opus': 1, 'multichannel-config opus': 1, 'frame opus': 139 }],
  ] as const)('%s has its audio packets', (name, expected) => {
    expect(kinds(captures[name].audio)).toEqual(expected);
  });

  it.each([
    ['av1', { videoCodec: 'av1', audioCodec: 'aac', videoCodecId: 'av01', audioCodecId: 10 }],
    ['hevc', { videoCodec: 'h265', audioCodec: 'aac', videoCodecId: 'hvc1', audioCodecId: 10 }],
    ['vp9', { videoCodec: 'vp9', audioCodec: 'opus', videoCodecId: 'vp09', audioCodecId: 'Opus' }],
    ['h264', { videoCodec: 'h264', audioCodec: 'opus', videoCodecId: 7, audioCodecId: 'Opus' }],
  ] as const)('%s has metadata', (name, expected) => {
    const metadata = decodeMetadata(captures[name].tags[0]!.payload);
    expect(metadata).toMatchObject({ ...expected, width: 320, height: 180, hasVideo: true, hasAudio: true });
    expect(metadata?.frameRate).toBeCloseTo(30);
    expect(metadata?.audioSampleRate).toBe(48000);
  });

  it.each(all)('%s is written again byte by byte', (_, { bytes, tags }) => {
    const written = [encodeFileHeader({ hasAudio: true, hasVideo: true })];
    for (const tag of tags) written.push(encodeTag(tag.type, tag.timestampMs, tag.payload));
    expect(Buffer.compare(Buffer.concat(written), bytes)).toBe(0);
  });

  it.each(all)('%s has video headers that the encoders write too', (_, { tags }) => {
    for (const tag of tags.filter((each) => each.type === 'video')) {
      const decoded = decodeVideoTag(tag.payload);
      if (decoded.kind === 'sequence-header') {
        expect(encodeVideoSequenceHeader(decoded.codec, decoded.config)).toEqual(new Uint8Array(tag.payload));
      } else if (decoded.kind === 'frame') {
        const header = encodeVideoFrameHeader(decoded.codec, decoded.isKeyFrame, decoded.compositionTimeMs);
        expect(header).toEqual(new Uint8Array(tag.payload.subarray(0, tag.payload.length - decoded.data.length)));
      }
    }
  });

  it.each(all)('%s has audio headers that the encoders write too', (_, { tags }) => {
    for (const tag of tags.filter((each) => each.type === 'audio')) {
      const decoded = decodeAudioTag(tag.payload);
      const payload = new Uint8Array(tag.payload);
      if (decoded.kind === 'sequence-header' && decoded.codec !== 'mp3') {
        expect(encodeAudioSequenceHeader(decoded.codec, decoded.config)).toEqual(payload);
      } else if (decoded.kind === 'frame') {
        const header = encodeAudioFrameHeader(decoded.codec);
        expect(header).toEqual(payload.subarray(0, payload.length - decoded.data.length));
      }
    }
  });

  it('AV1 says its level and size', () => {
    const av1 = decodeAv1Config(config(captures.av1.video));
    expect(av1CodecString(av1)).toBe('av01.0.00M.08');
    expect(findAv1SequenceHeader(av1.configObus)).toMatchObject({ width: 320, height: 180, profile: 0, bitDepth: 8 });
    for (const frame of frames(captures.av1.video)) {
      expect(findAv1SequenceHeader(frame.data) !== undefined).toBe(frame.isKeyFrame);
      expect(withoutTemporalDelimiters(frame.data)).toBe(frame.data);
    }
  });

  it('HEVC says its level and size, and key frames are IRAP pictures', () => {
    const hevc = decodeHevcConfig(config(captures.hevc.video));
    expect(hevcCodecString(hevc)).toBe('hvc1.1.6.L60.90');
    const sps = decodeHevcSps(hevcNalUnitsOfType(hevc, 33)[0]!);
    expect(sps).toMatchObject({ width: 320, height: 180, vui: { frameRate: 30 } });
    for (const frame of frames(captures.hevc.video)) expect(hasIrap(frame.data, 4)).toBe(frame.isKeyFrame);
    expect(frames(captures.hevc.video).some((frame) => frame.compositionTimeMs > 0)).toBe(true);
  });

  it('VP9 says its level, and key frames their size', () => {
    expect(vp9CodecString(decodeVp9Config(config(captures.vp9.video)))).toBe('vp09.00.11.08');
    for (const frame of frames(captures.vp9.video)) {
      expect(vp9KeyFrameSize(frame.data)).toEqual(frame.isKeyFrame ? { width: 320, height: 180 } : undefined);
    }
  });

  it('H.264 says its level and size, and key frames are IDR pictures', () => {
    const avc = decodeAvcConfig(config(captures.h264.video));
    expect(avcCodecString(avc)).toBe('avc1.64000d');
    expect(decodeAvcSps(avc.sps[0]!)).toMatchObject({ width: 320, height: 180, vui: { frameRate: 30 } });
    for (const frame of frames(captures.h264.video)) {
      expect(hasIdr(frame.data, 4)).toBe(frame.isKeyFrame);
      expect([...nalUnits(frame.data, 4)].length).toBeGreaterThan(0);
    }
  });

  it('AAC and Opus say their rate', () => {
    const aac = decodeAacConfig(config(captures.hevc.audio));
    expect(aac).toMatchObject({ objectType: 2, sampleRate: 48000, channels: 1 });
    expect(aacCodecString(aac)).toBe('mp4a.40.2');
    const head = decodeOpusHead(config(captures.vp9.audio));
    expect(head).toMatchObject({ channels: 1, preSkip: 312, inputSampleRate: 48000 });
    for (const tag of captures.vp9.audio) if (tag.kind === 'frame') expect(opusPacketSamples(tag.data)).toBe(960);
  });
});
