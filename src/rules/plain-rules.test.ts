import { describe, expect, it } from 'vitest';
import { plainRules } from './plain-rules.ts';
import { EMPTY_HALF, halfSchema } from './rules-half.ts';

describe('plainRules', () => {
  it('leaves out what is so in any case, and gives the same rules again', () => {
    const written = {
      domains: [
        { name: 'a.test', play: { auth: { type: 'type_a', key1: 'key-1234' }, ip: { mode: 'allow' } } },
        { name: 'default', push: { streamKeys: false } },
      ],
      streams: [{ match: { app: 'live' }, hls: { segmentSeconds: 2 }, record: { formats: [{ format: 'mp4' }] } }],
      templates: [{ name: 'sound', video: 'none' }],
      unknownHosts: 'default',
    };
    const half = halfSchema.parse(written);
    expect(plainRules(half)).toEqual(written);
    expect(halfSchema.parse(plainRules(half))).toEqual(half);
    expect(plainRules(EMPTY_HALF)).toEqual({});
  });
});
