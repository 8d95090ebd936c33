import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ffprobe, makeFilm } from '../../support/media.ts';
import { CLOUDFLOW, openWorkflowBench, outputOf } from './helpers.ts';

let bench: Awaited<ReturnType<typeof openWorkflowBench>>;
beforeAll(async () => {
  bench = await openWorkflowBench();
  mkdirSync(join(bench.media.disk, 'uploads'));
  await makeFilm(join(bench.media.disk, 'uploads/film.mov'), { seconds: 12 });
  await bench.workflows.create(CLOUDFLOW, 'ann');
});
afterAll(() => bench.close());

const input = {
  source: { storage: 'disk', object: 'uploads/film.mov' },
  outputStorage: 'disk',
  outputPrefix: 'outputs/',
  segmentTimeSeconds: 4,
  targetFormats: ['mp4', 'flv', 'avi'],
};

describe('the lab of CloudFlow', () => {
  it('makes of one JSON, in five steps, each format whole', async () => {
    bench.worker();
    bench.worker();
    const job = await bench.ended(await bench.start('cloudflow', input));
    expect(job.failure).toBeUndefined();
    expect(job.state).toBe('succeeded');
    expect(outputOf(job, 'split')).toMatchObject({ job: { pieces: 3 } });
    const names = job.steps.map(({ name }) => name);
    expect(names.slice(0, 5)).toEqual(['split', 'transcode', 'merge', 'after-process', 'cleanup']);
    // Three pieces and the sound, three formats.
    expect(names.filter((name) => name.startsWith('transcode-'))).toHaveLength(4);
    expect(names.filter((name) => name.startsWith('merge-'))).toHaveLength(3);
    for (const [format, codec] of [
      ['mp4', 'h264'],
      ['flv', 'h264'],
      ['avi', 'h264'],
    ] as const) {
      const { streams, format: whole } = await ffprobe(join(bench.media.disk, `outputs/film.${format}`));
      expect(streams.map(({ codec_type }) => codec_type)).toEqual(['video', 'audio']);
      expect(streams[0]).toMatchObject({ codec_name: codec, nb_read_packets: '300' });
      expect(Number(whole.duration)).toBeCloseTo(12, 0);
    }
    expect(existsSync(join(bench.media.disk, 'outputs/parts'))).toBe(false);
    expect(readdirSync(join(bench.media.disk, 'outputs')).sort()).toEqual(['film.avi', 'film.flv', 'film.mp4']);
  });
});
