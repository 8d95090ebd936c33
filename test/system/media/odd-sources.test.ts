import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTemplate, type TranscodeTask } from '../../../src/media/index.ts';
import { ffmpeg, ffprobe, makeFilm, openMediaTools } from '../../support/media.ts';

type Media = Awaited<ReturnType<typeof openMediaTools>>;

let media: Media;
beforeAll(async () => {
  media = await openMediaTools();
});
afterAll(() => media.close());

const MP4 = { Container: { Format: 'mp4' }, Video: { Codec: 'H.264', Preset: 'ultrafast' } };

/** A film made with these arguments, and what comes out of it. */
async function through(name: string, args: readonly string[], json: object = MP4, more: Partial<TranscodeTask> = {}) {
  await ffmpeg('-v', 'error', ...args, join(media.root, name));
  const template = parseTemplate(json);
  const object = `${name}.${template.container}`;
  const task = { input: { file: name }, template, output: { storage: 'disk', object }, ...more };
  const output = await media.tools.transcode(task, await media.work());
  return { output, ...(await ffprobe(join(media.disk, output.object))) };
}

const bars = (size: string, rate = '25', seconds = 2) => [
  '-f',
  'lavfi',
  '-i',
  `testsrc2=size=${size}:rate=${rate}:duration=${seconds}`,
];
const x264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'];

describe('an ordinary odd source', () => {
  it('of a variable frame rate keeps each picture at its time', async () => {
    // 25 a second, then 5 a second.
    const uneven = ['-vf', "select='lt(t,1)+not(mod(n,5))'", '-fps_mode', 'vfr', '-enc_time_base', '1:1000'];
    const { output, streams } = await through('vfr.mp4', [...bars('160x90'), ...uneven, ...x264]);
    expect(streams[0]?.nb_read_packets).toBe('30');
    expect(output.durationSeconds).toBeCloseTo(2, 0);
  });

  it('of a phone that was held upright is turned, and its place forgotten', async () => {
    await ffmpeg(
      '-v',
      'error',
      ...bars('160x90'),
      ...x264,
      '-metadata',
      'location=+48.1-011.5/',
      join(media.root, 'flat.mp4'),
    );
    const { output, streams, format } = await through('phone.mov', [
      '-i',
      join(media.root, 'flat.mp4'),
      '-c',
      'copy',
      '-map_metadata',
      '0',
      '-metadata:s:v',
      'rotate=90',
    ]);
    expect(output).toMatchObject({ width: 90, height: 160 });
    expect(streams[0]).toMatchObject({ width: 90, height: 160 });
    expect(streams[0]?.side_data_list?.[0]?.rotation ?? 0).toBe(0);
    expect(JSON.stringify(format.tags)).not.toContain('48.1');
  });

  it('with six channels becomes stereo, mono stays mono, and a second audio track can be had', async () => {
    const six = await through('six.mp4', [
      ...bars('160x90'),
      '-f',
      'lavfi',
      '-i',
      'aevalsrc=0.1*sin(440*t)|0|0|0|0|0:c=5.1:d=2',
      ...x264,
      '-c:a',
      'aac',
    ]);
    expect(six.streams[1]).toMatchObject({ channels: 2 });
    const sines = [
      '-f',
      'lavfi',
      '-i',
      'sine=440:duration=2',
      '-f',
      'lavfi',
      '-i',
      'sine=880:sample_rate=48000:duration=2',
    ];
    const two = [
      ...bars('160x90'),
      ...sines,
      '-map',
      '0',
      '-map',
      '1',
      '-map',
      '2',
      ...x264,
      '-c:a',
      'aac',
      '-metadata:s:a:1',
      'language=deu',
    ];
    const second = await through('two.mp4', two, MP4, { audioTrack: 1 });
    expect(second.streams).toMatchObject([
      { codec_type: 'video' },
      { channels: 1, sample_rate: '48000', tags: { language: 'deu' } },
    ]);
    const third = {
      input: { file: 'two.mp4' },
      template: parseTemplate(MP4),
      audioTrack: 2,
      output: { storage: 'disk', object: 'x.mp4' },
    };
    await expect(media.tools.transcode(third, await media.work())).rejects.toMatchObject({ code: 'INPUT_LACKS_TRACK' });
  });

  it('without audio, and without video, gives what it has', async () => {
    const silent = await through('silent.mp4', [...bars('160x90'), ...x264]);
    expect(silent.streams.map(({ codec_type }) => codec_type)).toEqual(['video']);
    expect(silent.output.notes).toContain('the input has no audio');
    const sound = await through('sound.m4a', ['-f', 'lavfi', '-i', 'sine=duration=2', '-c:a', 'aac']);
    expect(sound.streams.map(({ codec_type }) => codec_type)).toEqual(['audio']);
    const gif = {
      input: { file: 'sound.m4a' },
      template: parseTemplate({ Container: { Format: 'gif' } }),
      output: { storage: 'disk', object: 'x.gif' },
    };
    await expect(media.tools.transcode(gif, await media.work())).rejects.toMatchObject({ code: 'INPUT_LACKS_TRACK' });
  });

  it('in HDR is brought to what usual screens show, and says so', async () => {
    const hdr = [
      '-c:v',
      'libx265',
      '-preset',
      'ultrafast',
      '-pix_fmt',
      'yuv420p10le',
      '-color_trc',
      'smpte2084',
      '-color_primaries',
      'bt2020',
      '-colorspace',
      'bt2020nc',
      '-x265-params',
      'log-level=error',
    ];
    const { output, streams } = await through('hdr.mp4', [...bars('160x90', '25', 1), ...hdr]);
    expect(streams[0]).toMatchObject({ codec_name: 'h264', pix_fmt: 'yuv420p', color_transfer: 'bt709' });
    expect(output.notes).toContainEqual(expect.stringContaining('HDR10'));
  });

  it('that is interlaced is not any more', async () => {
    const lines = ['-vf', 'tinterlace=interleave_top,fieldorder=tff', '-flags', '+ilme+ildct', '-x264-params', 'tff=1'];
    const { output, streams } = await through('fields.mp4', [...bars('160x96', '50'), ...lines, ...x264]);
    expect(streams[0]?.field_order ?? 'progressive').toBe('progressive');
    expect(output.notes).toContain('deinterlaced');
    expect(streams[0]?.nb_read_packets).toBe('50');
  });

  it('at 24000/1001 pictures a second stays so, also in HLS', async () => {
    const { streams } = await through('film.mkv', [...bars('160x90', '24000/1001'), ...x264]);
    expect(streams[0]).toMatchObject({ avg_frame_rate: '24000/1001', nb_read_packets: '48' });
    const list = await through('film2.mkv', [...bars('160x90', '24000/1001'), ...x264], {
      ...MP4,
      Container: { Format: 'm3u8' },
    });
    expect(list.streams[0]).toMatchObject({ nb_read_packets: '48' });
  });

  it('of odd sides, and of pixels that are no squares, gets even sides and squares', async () => {
    const odd = await through('odd.mkv', [...bars('161x91'), '-c:v', 'ffv1', '-pix_fmt', 'yuv444p']);
    expect(odd.streams[0]).toMatchObject({ width: 160, height: 90 });
    const wide = await through('pal.mp4', [...bars('144x144'), '-vf', 'setsar=16/9', ...x264]);
    expect(wide.streams[0]).toMatchObject({ width: 256, height: 144, sample_aspect_ratio: '1:1' });
  });

  it('is known by what it is, not by its name', async () => {
    await makeFilm(join(media.root, 'real.mp4'), { seconds: 1 });
    renameSync(join(media.root, 'real.mp4'), join(media.root, '%05d*?-o x.jpg'));
    const info = await media.tools.probe({ file: '%05d*?-o x.jpg' }, await media.work());
    expect(info).toMatchObject({
      format: expect.stringContaining('mp4'),
      streams: [{ kind: 'video' }, { kind: 'audio' }],
    });
  });
});

describe('each container', () => {
  it.each([
    ['m3u8', ['h264', 'aac'], { MuxConfig: { Segment: { Format: 'fmp4', Duration: '1' } } }],
    ['mpd', ['h264', 'aac'], {}],
    ['flv', ['h264', 'aac'], {}],
    ['ts', ['hevc', 'mp3'], { Video: { Codec: 'H.265', Preset: 'ultrafast' }, Audio: { Codec: 'MP3' } }],
    ['avi', ['h264', 'mp3'], {}],
    ['mov', ['hevc', 'aac'], { Video: { Codec: 'H.265', Preset: 'ultrafast' } }],
    ['mkv', ['av1', 'opus'], { Video: { Codec: 'AV1', Preset: 'ultrafast' }, Audio: { Codec: 'OPUS' } }],
    ['webm', ['vp9', 'opus'], { Video: { Codec: 'VP9', Preset: 'ultrafast' } }],
    ['gif', ['gif'], { Video: { Fps: '5' } }],
    ['mp3', ['mp3'], {}],
    ['m4a', ['aac'], {}],
    ['ogg', ['vorbis'], {}],
    ['flac', ['flac'], {}],
    ['wav', ['pcm_s16le'], {}],
  ])('%s is written', async (Format, codecs, more) => {
    const isSound = codecs.length === 1 && Format !== 'gif';
    const sound = ['-f', 'lavfi', '-i', 'sine=sample_rate=48000:duration=1'];
    const video = isSound ? {} : { Codec: '', Preset: 'ultrafast' };
    const { streams, output } = await through(
      `in-${Format}.mkv`,
      [...bars('96x64', '25', 1), ...sound, ...x264, '-c:a', 'aac'],
      { Container: { Format }, Video: video, ...more },
    );
    expect(streams.map(({ codec_name }) => codec_name)).toEqual(codecs);
    expect(output.durationSeconds).toBeCloseTo(1, 0);
  });
});
