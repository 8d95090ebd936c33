import { statSync } from 'node:fs';
import { join } from 'node:path';
import { parseTemplate } from '../../src/media/index.ts';
import { openMediaTools } from '../support/media.ts';
import { ffmpeg, makeFilm } from './film.ts';
import { line, measured } from './measured.ts';
import type { SuiteOptions } from './suite.ts';

const SIZES = [
  ['SD', '848x480'],
  ['HD', '1280x720'],
  ['FHD', '1920x1080'],
  ['4K', '3840x2160'],
] as const;
/** A stated price, in money for an hour of a core; what a small machine of a cloud costs. */
const PRICE_CORE_HOUR = 0.04;
const FORMATS = ['mp4', 'flv'] as const;
const LONGEST_SECONDS = 30;

/** MP4 to FLV and back at four sizes, encoded anew and as it is, by one plain command and by ours. */
export async function conversions({ seconds }: SuiteOptions): Promise<void> {
  const { tools, root, work, close } = await openMediaTools({ limits: { timeMs: 3_600_000 } });
  const length = Math.min(LONGEST_SECONDS, seconds);
  console.log(
    line(
      'conversion',
      'plain wall s',
      'ours wall s',
      'x',
      'plain CPU s',
      'ours CPU s',
      'x',
      'cost',
      'as it is, wall s',
    ),
  );
  console.log('|---|--:|--:|--:|--:|--:|--:|--:|--:|');
  for (const [name, size] of SIZES) {
    for (const from of FORMATS) {
      const to = from === 'mp4' ? 'flv' : 'mp4';
      const film = await makeFilm(join(root, `${name}.${from}`), { seconds: length, size });
      const coded = ['-c:v', 'libx264', '-preset', 'medium', '-crf', '26', '-g', '250', '-c:a', 'aac', '-b:a', '128k'];
      const plain = await measured(() => ffmpeg('-i', film, ...coded, join(root, `plain-${name}.${to}`)));
      const video = { Codec: 'H.264', Preset: 'medium', Crf: '26' };
      const encoded = { Video: video, Audio: { Codec: 'AAC', Bitrate: '128', Samplerate: '44100' } };
      const made = (kind: object, object: string) => async () => {
        const template = parseTemplate({ Container: { Format: to }, ...kind });
        const task = { input: { file: `${name}.${from}` }, template, output: { storage: 'disk', object } };
        await tools.transcodeAll([task], await work());
      };
      const ours = await measured(made(encoded, `${name}.${to}`));
      const cut = await measured(
        made({ Video: { Codec: 'H.264', Bitrate: '50000' }, Audio: { Codec: 'AAC' } }, `${name}-as-it-is.${to}`),
      );
      const megabytes = statSync(film).size / 1e6;
      const cost = ((ours.cpu / 3600) * PRICE_CORE_HOUR).toFixed(6);
      console.log(
        line(
          `${name}, ${from} to ${to}, ${megabytes.toFixed(0)} MB`,
          ...[plain.wall, ours.wall, ours.wall / plain.wall, plain.cpu, ours.cpu, ours.cpu / plain.cpu, cost, cut.wall],
        ),
      );
    }
  }
  await close();
}
