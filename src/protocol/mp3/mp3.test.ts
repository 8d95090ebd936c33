import { describe, expect, it } from 'vitest';
import { MalformedError } from '../bytes/index.ts';
import { decodeMp3FrameHeader } from './index.ts';

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'));

describe('decodeMp3FrameHeader', () => {
  it.each([
    [
      'fffb54c0',
      { version: 'mpeg1', bitrateKbps: 64, sampleRate: 48000, channels: 1, samplesPerFrame: 1152, frameBytes: 192 },
    ],
    [
      'fffb9064',
      { version: 'mpeg1', bitrateKbps: 128, sampleRate: 44100, channels: 2, samplesPerFrame: 1152, frameBytes: 417 },
    ],
    [
      'fffb9264',
      { version: 'mpeg1', bitrateKbps: 128, sampleRate: 44100, channels: 2, samplesPerFrame: 1152, frameBytes: 418 },
    ],
    [
      'fff384c4',
      { version: 'mpeg2', bitrateKbps: 64, sampleRate: 24000, channels: 1, samplesPerFrame: 576, frameBytes: 192 },
    ],
    [
      'ffe318c4',
      { version: 'mpeg2.5', bitrateKbps: 8, sampleRate: 8000, channels: 1, samplesPerFrame: 576, frameBytes: 72 },
    ],
  ])('%s', (header, expected) => {
    expect(decodeMp3FrameHeader(bytes(header))).toEqual(expected);
  });

  it.each([
    ['no syncword', 'ff1b9064'],
    ['reserved version', 'ffeb9064'],
    ['layer II', 'fffd9064'],
    ['free format', 'fffb0064'],
    ['bit rate 15', 'fffbf064'],
    ['reserved sample rate', 'fffb9c64'],
    ['a header cut off', 'fffb'],
  ])('refuses %s', (_, header) => {
    expect(() => decodeMp3FrameHeader(bytes(header))).toThrow(MalformedError);
  });
});
