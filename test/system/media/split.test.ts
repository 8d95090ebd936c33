import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DonePart, parseTemplate, type TranscodeTask } from '../../../src/media/index.ts';
import { makeFilm, openMediaTools } from '../../support/media.ts';

const run = promisify(execFile);
type Media = Awaited<ReturnType<typeof openMediaTools>>;

let media: Media;
beforeAll(async () => {
  media = await openMediaTools();
  const openGop = ['-preset', 'veryfast', '-g', '30', '-x264-params', 'open-gop=1:bframes=3'];
  await makeFilm(join(media.root, 'film.mov'), { seconds: 9, rate: '30000/1001', size: '160x90', more: openGop });
});
afterAll(() => media.close());

const fast = { Codec: 'H.264', Preset: 'ultrafast' };
const TEMPLATES = {
  'an MP4 that is scaled': { Container: { Format: 'mp4' }, Video: { ...fast, Width: '128', Height: '72' } },
  'an MP4 of 25 pictures a second': { Container: { Format: 'mp4' }, Video: { ...fast, Fps: '25' } },
  'an FLV': { Container: { Format: 'flv' }, Video: fast },
  'an AVI': { Container: { Format: 'avi' }, Video: fast },
  'HLS with segments of two seconds': {
    Container: { Format: 'm3u8' },
    Video: fast,
    MuxConfig: { Segment: { Duration: '2' } },
  },
  'a WebM': { Container: { Format: 'webm' }, Video: { Codec: 'VP9', Preset: 'ultrafast', Width: '128', Height: '72' } },
};

function tasksFor(prefix: string): TranscodeTask[] {
  return Object.values(TEMPLATES).map((template, index) => ({
    input: { file: 'film.mov' },
    template: parseTemplate(template),
    output: { storage: 'disk', object: `${prefix}/${index}.${template.Container.Format}` },
  }));
}

/** Times of pictures in the order they are shown, and a sum over all samples of the sound. */
async function contentsOf(object: string) {
  const file = join(media.disk, object);
  const entries = ['-v', 'error', '-select_streams', 'v:0', '-show_entries', 'packet=pts_time', '-of', 'csv=p=0'];
  const { stdout } = await run('ffprobe', [...entries, file], { maxBuffer: 10_000_000 });
  const pictures = stdout
    .split('\n')
    .map(parseFloat)
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  const sound = await run('ffmpeg', ['-v', 'error', '-nostdin', '-i', file, '-map', '0:a', '-f', 'md5', '-']);
  return { pictures, sound: sound.stdout };
}

describe('a film made in parts', () => {
  it('has the pictures and the sound of one pass, in every container', async () => {
    const [cut, whole] = [tasksFor('cut'), tasksFor('whole')];
    const plan = await media.tools.split.plan(cut, { pieceSeconds: 2 }, await media.work());
    const pieces = plan.parts.filter(({ kind }) => kind === 'piece').length;
    expect(pieces).toBeGreaterThanOrEqual(4);
    const place = { storage: 'disk', prefix: 'parts/' };
    const parts: DonePart[] = [];
    for (const part of plan.parts.toReversed()) {
      parts.push(await media.tools.split.part(cut, { plan, part, place }, await media.work()));
    }
    for (const of of cut.keys()) await media.tools.split.merge(cut, { of, parts, pieces }, await media.work());
    await media.tools.transcodeAll(whole, await media.work());
    for (const [of, name] of Object.keys(TEMPLATES).entries()) {
      const [made, wanted] = [await contentsOf(cut[of]!.output.object), await contentsOf(whole[of]!.output.object)];
      expect(made.pictures.length, name).toBe(wanted.pictures.length);
      const farthest = Math.max(...made.pictures.map((time, index) => Math.abs(time - wanted.pictures[index]!)));
      expect(farthest, name).toBeLessThanOrEqual(0.0011);
      expect(made.sound, name).toBe(wanted.sound);
    }
  });

  it('is not merged while a piece is missing', async () => {
    const tasks = tasksFor('missing').slice(0, 1);
    const merged = media.tools.split.merge(tasks, { of: 0, parts: [], pieces: 2 }, await media.work());
    await expect(merged).rejects.toMatchObject({ code: 'PIECES_MISSING' });
  });
});
