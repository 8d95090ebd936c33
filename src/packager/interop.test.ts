import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AudioTrack, UnplacedPacket, VideoTrack } from '../live/index.ts';
import { publishAll, testAudioTrack, testStream, testVideoTrack } from '../live/test-packets.ts';
import { decodeAudioTag, decodeVideoTag, FlvReader, type FlvTag } from '../protocol/flv/index.ts';
import { parseMediaPlaylist } from '../protocol/m3u8/index.ts';
import { HlsPackager } from './hls-packager.ts';
import type { HlsContainer } from './hls-playlist.ts';

const run = promisify(execFile);
const VIDEO = ['-f', 'lavfi', '-i', 'testsrc2=size=320x240:rate=25:duration=9'];
const AUDIO = ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=44100:duration=9'];
const X264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '2', '-g', '50', '-pix_fmt', 'yuv420p'];
const AAC = ['-c:a', 'aac', '-ac', '2'];
const MP3 = ['-c:a', 'libmp3lame', '-ac', '2'];

type Case = {
  readonly name: string;
  readonly input: readonly string[];
  readonly video: number;
  readonly audio: number;
};

const cases: readonly Case[] = [
  { name: 'H.264 with B-frames and AAC', input: [...VIDEO, ...AUDIO, ...X264, ...AAC], video: 225, audio: 389 },
  { name: 'H.264 alone', input: [...VIDEO, ...X264], video: 225, audio: 0 },
  { name: 'AAC alone', input: [...AUDIO, ...AAC], video: 0, audio: 389 },
  { name: 'H.264 and MP3', input: [...VIDEO, ...AUDIO, ...X264, ...MP3], video: 225, audio: 346 },
];

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packager-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe.each(cases)('HLS of $name', ({ name, input, video, audio }) => {
  let packager: HlsPackager;
  const base = () => join(folder, name.replaceAll(/\W/g, '-'));

  beforeAll(async () => {
    await run('ffmpeg', ['-v', 'error', ...input, '-f', 'flv', `${base()}.flv`]);
    packager = packagerOf(new FlvReader().push(await readFile(`${base()}.flv`)));
  }, 60_000);

  it.each<HlsContainer>(['ts', 'fmp4'])(
    'as %s is read by FFmpeg without a word, every frame of it',
    async (container) => {
      const path = await writeAll(packager, container, folder);
      const { stderr } = await run('ffmpeg', ['-v', 'warning', '-i', path, '-c', 'copy', '-f', 'null', '-']);
      expect(stderr).toBe('');
      const decoded = await run('ffmpeg', ['-v', 'warning', '-xerror', '-i', path, '-f', 'null', '-']);
      expect(decoded.stderr).toBe('');
      expect(await countPackets(path, 'v')).toBe(video);
      // The encoder's first and last frames may be priming only.
      expect(Math.abs((await countPackets(path, 'a')) - audio)).toBeLessThanOrEqual(2);
    },
  );
});

describe('HLS of H.265', () => {
  it('in TS begins each segment with VPS, SPS and PPS', async () => {
    const flv = await readFile(new URL('../../test/fixtures/captures/enhanced-hevc.flv', import.meta.url));
    const packager = packagerOf(new FlvReader().push(flv));
    const path = await writeAll(packager, 'ts', folder);
    const { stderr } = await run('ffmpeg', ['-v', 'warning', '-i', path, '-map', '0:v', '-f', 'null', '-']);
    expect(stderr).toBe('');
    const { stdout } = await run('ffprobe', [
      '-v',
      'error',
      '-show_entries',
      'stream=codec_name',
      '-of',
      'csv=p=0',
      path,
    ]);
    expect(stdout).toContain('hevc');
  });
});

async function countPackets(path: string, kind: 'v' | 'a'): Promise<number> {
  const entries = ['-count_packets', '-show_entries', 'stream=nb_read_packets', '-of', 'csv=p=0'];
  const { stdout } = await run('ffprobe', ['-v', 'error', '-select_streams', kind, ...entries, path]);
  return Number(stdout.split('\n').find((line) => /^\d+/.test(line)) ?? 0) || 0;
}

/** Writes what the playlist names; returns the playlist's path. */
async function writeAll(packager: HlsPackager, container: HlsContainer, folder: string): Promise<string> {
  const directory = await mkdtemp(join(folder, `${container}-`));
  const { text } = packager.playlist(container, false)!;
  for (const { uri, map } of parseMediaPlaylist(new TextDecoder().decode(text)).segments) {
    await writeFile(join(directory, uri), packager.segment(Number.parseInt(uri, 10), container)!);
    if (map) await writeFile(join(directory, map.uri), packager.init(map.uri)!);
  }
  await writeFile(join(directory, 'list.m3u8'), text);
  return join(directory, 'list.m3u8');
}

/** Packages a whole FLV file whose times begin near 0, as a stream that has ended. */
function packagerOf(tags: readonly FlvTag[]): HlsPackager {
  const { stream } = testStream();
  const packager = new HlsPackager({
    stream,
    windowSegments: 20,
    segmentMs: 2000,
    partMs: 300,
    lowLatency: true,
    maxBytes: 1e9,
  });
  let video: VideoTrack | undefined;
  let audio: AudioTrack | undefined;
  let samples = 0;
  const packets: UnplacedPacket[] = [];
  for (const { type, timestampMs: dtsMs, payload } of tags) {
    if (type === 'video') {
      const tag = decodeVideoTag(payload);
      if (tag.kind === 'sequence-header') video = testVideoTrack({ codec: tag.codec, config: tag.config });
      if (tag.kind !== 'frame' || !video) continue;
      const { isKeyFrame, data, compositionTimeMs: compositionMs } = tag;
      packets.push({
        kind: 'video',
        track: video,
        dtsMs,
        wallMs: dtsMs,
        mediaTime: dtsMs * 90,
        compositionMs,
        isKeyFrame,
        data,
      });
    } else if (type === 'audio') {
      const tag = decodeAudioTag(payload);
      const rate = { sampleRate: 44_100, timescale: 44_100 };
      if (tag.kind === 'sequence-header') audio = testAudioTrack({ ...rate, codec: tag.codec, config: tag.config });
      if (tag.kind !== 'frame') continue;
      audio ??= testAudioTrack({ ...rate, codec: tag.codec, config: new Uint8Array(0) });
      const durationTicks = tag.codec === 'mp3' ? 1152 : 1024;
      packets.push({
        kind: 'audio',
        track: audio,
        dtsMs,
        wallMs: dtsMs,
        mediaTime: samples,
        durationTicks,
        data: tag.data,
      });
      samples += durationTicks;
    }
  }
  publishAll(stream, { ...(video ? { video } : {}), ...(audio ? { audio } : {}) }, packets);
  stream.end();
  return packager;
}
