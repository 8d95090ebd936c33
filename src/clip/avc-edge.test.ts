import { beforeAll, describe, expect, it } from 'vitest';
import { capturePath, readFlv } from '../../test/support/flv-file.ts';
import { decodeVideoTag } from '../protocol/flv/index.ts';
import { decodeAvcConfig, encodeAvcConfig } from '../protocol/h264/index.ts';
import { avcLikeness, withParameterSets } from './avc-edge.ts';

/** x264: High, level 1.1. */
let config: Uint8Array;

beforeAll(async () => {
  for (const tag of await readFlv(capturePath('enhanced-h264opus.flv'))) {
    const video = tag.type === 'video' ? decodeVideoTag(tag.payload) : undefined;
    if (video?.kind === 'sequence-header') config ??= video.config;
  }
});

/** The set with the id 1 (`010`) in the place of 0; what follows in it is none then, and nobody reads that. */
const renamed = (set: Uint8Array, at: number) => Uint8Array.from(set, (byte, index) => (index === at ? 0x40 : byte));

describe('avcLikeness', () => {
  it('is that of the source, with ids of its own', () => {
    const { level } = decodeAvcConfig(config);
    const likeness = avcLikeness(config, 0);
    expect(likeness).toMatchObject({ level: `${Math.floor(level / 10)}.${level % 10}`, parameterSetId: 1 });
    expect(likeness.profile).toMatch(/^(baseline|main|high)$/);
    expect(likeness.references).toBeGreaterThan(0);
    expect(avcLikeness(config, 1).parameterSetId).toBe(2);
  });

  it('takes no id that is taken, and says when there is none', () => {
    const record = decodeAvcConfig(config);
    const [pps] = record.pps;
    const taken = encodeAvcConfig({ ...record, pps: [pps!, renamed(pps!, 1)] });
    expect(avcLikeness(taken, 0).parameterSetId).toBe(2);
    expect(() => avcLikeness(config, 31)).toThrow('all parameter set ids');
    expect(() => avcLikeness(encodeAvcConfig({ ...record, sps: [] }), 0)).toThrow('no sequence parameter set');
  });
});

describe('withParameterSets', () => {
  it('adds those whose ids are free, behind its own', () => {
    const record = decodeAvcConfig(config);
    const [pps] = record.pps;
    const other = encodeAvcConfig({ ...record, pps: [renamed(pps!, 1)] });
    const all = decodeAvcConfig(withParameterSets(config, other, other));
    expect([all.sps.length, all.pps.length]).toEqual([1, 2]);
    const hex = (set: Uint8Array) => Buffer.from(set).toString('hex');
    const order = decodeAvcConfig(withParameterSets(other, config)).pps.map(hex);
    expect(order).toEqual([renamed(pps!, 1), pps!].map(hex));
  });

  it('leaves a record as it is where there is nothing to add', () => {
    expect(withParameterSets(config)).toBe(config);
    expect(withParameterSets(config, config)).toBe(config);
  });
});
