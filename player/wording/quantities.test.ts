import { describe, expect, it } from 'vitest';
import { codecName, formatBitrate, formatBytes, formatCount, formatDuration, formatLatency } from './quantities.ts';

describe('formatBitrate', () => {
  it.each([
    [undefined, '–'],
    [Number.NaN, '–'],
    [0, '0 kbit/s'],
    [840.4, '840 kbit/s'],
    [2500, '2.50 Mbit/s'],
    [12_345, '12.3 Mbit/s'],
  ])('%s is %s', (kbps, words) => expect(formatBitrate(kbps)).toBe(words));
});

describe('formatLatency', () => {
  it.each([
    [undefined, '–'],
    [840.4, '840 ms'],
    [-30, '-30 ms'],
    [2149, '2.1 s'],
  ])('%s is %s', (ms, words) => expect(formatLatency(ms)).toBe(words));
});

describe('formatDuration', () => {
  it.each([
    [undefined, '–'],
    [-4, '0 s'],
    [0, '0 s'],
    [45.9, '45 s'],
    [60, '1 min'],
    [725, '12 min 5 s'],
    [3600, '1 h'],
    [12_059, '3 h 20 min'],
    [187_200, '2 d 4 h'],
  ])('%s is %s', (seconds, words) => expect(formatDuration(seconds)).toBe(words));
});

describe('formatBytes', () => {
  it.each([
    [undefined, '–'],
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [4_200_000, '4.2 MB'],
    [7e15, '7000.0 TB'],
  ])('%s is %s', (bytes, words) => expect(formatBytes(bytes)).toBe(words));
});

describe('formatCount', () => {
  it.each([
    [0, '0 viewers'],
    [1, '1 viewer'],
    [12_000, '12,000 viewers'],
  ])('%i', (count, words) => expect(formatCount(count, 'viewer')).toBe(words));
});

describe('codecName', () => {
  it.each([
    [undefined, '–'],
    ['avc1.64001f', 'H.264'],
    ['h264', 'H.264'],
    ['hvc1.1.6.L93.B0', 'H.265'],
    ['av01.0.04M.08', 'AV1'],
    ['mp4a.40.2', 'AAC'],
    ['mp4a.40.34', 'MP3'],
    ['opus', 'Opus'],
    ['speex', 'speex'],
  ])('%s is %s', (codec, name) => expect(codecName(codec)).toBe(name));
});
