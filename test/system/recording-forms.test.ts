import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeVideoTag, type FlvTag } from '../../src/protocol/flv/index.ts';
import { parseMediaPlaylist } from '../../src/protocol/m3u8/index.ts';
import type { RulesInput } from '../../src/rules/index.ts';
import { http } from '../support/http.ts';
import { type Headwater, runToEnd, startHeadwater, tempDir, until } from '../support/index.ts';
import { SMALL_TEMPLATES, untilRendition } from '../support/ladder.ts';
import {
  capturePath,
  FlvViewer,
  framesOf,
  type MadeFlv,
  makeFlv,
  NO_DATABASE,
  OPEN_DOMAIN,
  playForEver,
  RtmpPublisher,
  readFlv,
} from '../support/peers.ts';
import { recordCommand } from '../support/record-command.ts';

type Rule = NonNullable<RulesInput['streams']>[number];
type Shown = {
  readonly id: string;
  readonly format: string;
  readonly object: string;
  readonly durationSeconds: number;
};

const object = '{AppName}/{StreamName}/{Sequence}_{EscapedStartTime}_{EscapedEndTime}';
const sliceObject = '{AppName}/{StreamName}/{UnixTimestamp}_{Sequence}';
const MP4 = { format: 'mp4', object } as const;
const CMAF = { format: 'cmaf', object, sliceObject, sliceSeconds: 5 } as const;
const TS = { format: 'm3u8', object: `ts/${object}`, sliceObject: `ts/${sliceObject}`, sliceSeconds: 5 } as const;
/** Has streams of the same app and name as the other domain. */
const TWIN = 'twin.test';
/** A publish is over when its publisher is gone, and its recordings are made when a command says so. */
const STREAM: Rule = { hls: { segmentSeconds: 1 }, publish: { waitSeconds: 0 } };

const rulesWith = (streams: readonly Rule[]): RulesInput => ({
  domains: [OPEN_DOMAIN, { ...OPEN_DOMAIN, name: TWIN }],
  templates: SMALL_TEMPLATES,
  streams: [
    { match: {}, ...STREAM, record: { enabled: true, formats: [MP4, CMAF, TS] } },
    { match: { stream: 'locked' }, encryption: { method: 'aes-128', rotateSeconds: 10 } },
    {
      match: { stream: 'ladder' },
      transcode: { templates: ['small', 'tiny'], lazy: true },
      record: { formats: [MP4], renditions: [{ templates: ['small'], formats: [MP4] }] },
    },
    ...streams,
  ],
});

let home: Awaited<ReturnType<typeof tempDir>>;
let server: Headwater;
const made: MadeFlv[] = [];

beforeAll(async () => {
  home = await tempDir('recording-forms');
  const env = { ...NO_DATABASE, HEADWATER_RECORDINGS_DIR: home.path };
  server = await startHeadwater({ rules: rulesWith([]), env });
});
afterAll(async () => {
  await server?.stop();
  for (const file of made) await file.remove();
  await home?.remove();
});

async function make(...args: Parameters<typeof makeFlv>): Promise<readonly FlvTag[]> {
  const file = await makeFlv(...args);
  made.push(file);
  return file.tags;
}

/** Faster than it was made, which packets and segments do not tell. */
async function push(name: string, tags: readonly FlvTag[], speed = 4): Promise<void> {
  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: `live/${name}` });
  await publisher.play(tags, { speed });
  await publisher.unpublish();
}

/** Makes the files of a publish that is over, without its delay, and waits for so many. */
async function recordingsOf(name: string, count: number, domain = 'default'): Promise<Shown[]> {
  const list = async () =>
    (await server.api<{ recordings: Shown[] }>(`/recordings?domain=${domain}&app=live&stream=${name}`)).recordings;
  return until(`${count} recordings of ${name}`, async () => {
    await recordCommand(server, name, 'cancel_delay', domain).catch(() => undefined);
    const found = await list();
    return found.length >= count && found;
  });
}

/** A recording as one file that FFmpeg reads. */
async function fileOf({ object: name, format }: Shown): Promise<string> {
  const file = join(home.path, name);
  if (format === 'mp4') return file;
  const { segments } = parseMediaPlaylist(await readFile(file, 'utf8'));
  const names = [segments[0]?.map?.uri ?? [], segments.map(({ uri }) => uri)].flat(2);
  const pieces = await Promise.all(names.map((uri) => readFile(join(dirname(file), decodeURIComponent(uri)))));
  const whole = `${file}.${format === 'cmaf' ? 'mp4' : 'ts'}`;
  await writeFile(whole, Buffer.concat(pieces));
  return whole;
}

/** Hashes of the coded pictures or of the coded sound, in their order. */
async function packetHashes(file: string, stream: 'v' | 'a'): Promise<string[]> {
  const args = ['-v', 'error', '-i', file, '-map', `0:${stream}`, '-c', 'copy', '-f', 'framemd5', '-'];
  const text = await runToEnd('ffmpeg', args, 60_000);
  return text.split('\n').flatMap((line) => (line.startsWith('0,') ? [line.split(',')[5]?.trim() ?? ''] : []));
}

function pictureHashesOf(tags: readonly FlvTag[]): string[] {
  return tags.flatMap((tag) => {
    const decoded = tag.type === 'video' ? decodeVideoTag(tag.payload) : undefined;
    return decoded?.kind === 'frame' ? [createHash('md5').update(decoded.data).digest('hex')] : [];
  });
}

/** Every packet can be decoded. */
async function expectSound(file: string): Promise<void> {
  expect(await runToEnd('ffmpeg', ['-v', 'error', '-xerror', '-i', file, '-f', 'null', '-'], 60_000)).toBe('');
}

async function codecsIn(file: string): Promise<string[]> {
  const args = ['-v', 'error', '-show_entries', 'stream=codec_name', '-of', 'csv=p=0', file];
  const lines = (await runToEnd('ffprobe', args)).split('\n').filter((line) => line !== '');
  // Those of a transport stream stand in its programs, too.
  return [...new Set(lines)].sort();
}

describe('what is pushed as', () => {
  it.each([
    ['hevc', 'enhanced-hevc.flv', ['mp4', 'cmaf', 'm3u8'], ['aac', 'hevc']],
    ['av1', 'enhanced-av1.flv', ['mp4', 'cmaf'], ['aac', 'av1']],
  ])('%s is recorded packet by packet', async (name, capture, formats, codecs) => {
    const tags = await readFlv(capturePath(capture));
    await push(name, tags);
    const recordings = await recordingsOf(name, formats.length);
    for (const format of formats) {
      const file = await fileOf(recordings.find((each) => each.format === format)!);
      expect([format, await codecsIn(file)]).toEqual([format, codecs]);
      await expectSound(file);
      if (format !== 'm3u8') expect(await packetHashes(file, 'v')).toEqual(pictureHashesOf(tags));
    }
  });

  it.each([
    ['sound', 'audio', ['aac']],
    ['pictures', 'video', ['h264']],
  ] as const)('%s alone is recorded in every form', async (name, type, codecs) => {
    const tags = await make({ seconds: 4, gop: 30, size: '160x90', [type === 'audio' ? 'video' : 'audio']: false });
    await push(name, tags);
    const recordings = await recordingsOf(name, 3);
    expect(recordings.map(({ format }) => format).sort()).toEqual(['cmaf', 'm3u8', 'mp4']);
    const stream = type === 'audio' ? 'a' : 'v';
    for (const recording of recordings) {
      const file = await fileOf(recording);
      expect(await codecsIn(file)).toEqual(codecs);
      await expectSound(file);
      expect(await packetHashes(file, stream)).toHaveLength(framesOf(tags, type).length);
      expect(recording.durationSeconds).toBeCloseTo(4, 0);
    }
  });
});

describe('recordings of one stream', () => {
  it('share nothing: the others stay whole when one is deleted', async () => {
    const tags = await make({ seconds: 3, gop: 30, size: '160x90' });
    await push('pair', tags);
    const [first] = (await recordingsOf('pair', 3)).filter(({ format }) => format === 'cmaf');
    await push('pair', tags);
    const [second] = (await recordingsOf('pair', 6)).filter(({ format }) => format === 'cmaf');
    expect(second!.id).not.toBe(first!.id);
    await server.api(`/recordings/default/live/pair/${first!.id}`, { method: 'DELETE' });
    const file = await fileOf(second!);
    await expectSound(file);
    expect(await packetHashes(file, 'v')).toEqual(pictureHashesOf(tags));
  });
});

describe('a stream that is encrypted for viewers', () => {
  it('is recorded in the clear', async () => {
    const tags = await make({ seconds: 6, gop: 30, size: '160x90' });
    const pushing = push('locked', tags, 1.5);
    const playlist = await until('viewers get keys', async () => {
      const { text } = await http(`${server.playback}/live/locked.m3u8`);
      const media = text.split('\n').find((line) => line !== '' && !line.startsWith('#'));
      const list = media && (await http(new URL(media, `${server.playback}/live/locked.m3u8`).href)).text;
      return list?.includes('#EXT-X-KEY') && list;
    });
    expect(playlist).toContain('METHOD=AES-128');
    await pushing;
    for (const recording of await recordingsOf('locked', 3)) {
      const file = await fileOf(recording);
      await expectSound(file);
      if (recording.format !== 'm3u8') expect(await packetHashes(file, 'v')).toEqual(pictureHashesOf(tags));
    }
  });
});

describe('two domains with the same app, stream and storage', () => {
  it('have recordings of their own, the second one with its name behind theirs', async () => {
    const tags = await make({ seconds: 4, gop: 30, size: '160x90' });
    await Promise.all([push('twin', tags), push(`twin?vhost=${TWIN}`, tags)]);
    const [first, second] = [await recordingsOf('twin', 3), await recordingsOf('twin', 3, TWIN)];
    const objects = [...first, ...second].map((each) => each.object);
    expect(new Set(objects).size).toBe(6);
    expect(objects.map((each) => each.includes(`_${TWIN}.`))).toEqual([false, false, false, true, true, true]);
    for (const recording of [...first, ...second]) {
      const file = await fileOf(recording);
      await expectSound(file);
      expect(await packetHashes(file, 'v')).toHaveLength(framesOf(tags, 'video').length);
    }
  });
});

describe('renditions of a lazy ladder', () => {
  it('run where they are recorded though nobody watches, and their file is whole', async () => {
    const tags = await make({ seconds: 8, gop: 30, size: '160x90' });
    const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: 'live/ladder' });
    const playing = playForEver(publisher, tags);
    await untilRendition(server, 'ladder', 'small', 'live');
    await untilRendition(server, 'ladder', 'tiny', 'idle');
    const viewer = await FlvViewer.open(`${server.playback}/live/ladder.flv`);
    await until('seconds have passed', () => framesOf(viewer.tags, 'video').length > 210);
    await playing.stop();
    await publisher.unpublish();
    const [source] = await recordingsOf('ladder', 1);
    const [rendition] = await recordingsOf('ladder_small', 1);
    const file = join(home.path, rendition!.object);
    await expectSound(file);
    const times = (
      await runToEnd('ffprobe', [
        ...['-v', 'error', '-select_streams', 'v', '-show_entries', 'packet=pts_time', '-of', 'csv=p=0', file],
      ])
    )
      .trim()
      .split('\n')
      .map(Number)
      .toSorted((a, b) => a - b);
    for (const [index, time] of times.entries()) if (index > 0) expect(time - times[index - 1]!).toBeLessThan(0.05);
    expect(times.length / 30).toBeCloseTo(rendition!.durationSeconds, 0);
    // It began some moments later, and ended with its source.
    expect(source!.durationSeconds - rendition!.durationSeconds).toBeLessThan(6);
    expect(rendition!.durationSeconds).toBeGreaterThan(5);
  });
});

describe('a rule that changes in mid-stream', () => {
  it('counts from the next publish on, both ways', async () => {
    const tags = await make({ seconds: 4, gop: 30, size: '160x90' });
    const isRecorded = (enabled: boolean): Rule => ({ match: { stream: 'changed' }, record: { enabled } });
    const setRule = async (enabled: boolean) => {
      const taken = () => server.log().filter(({ message }) => message === 'rules taken').length;
      const before = taken();
      await server.setRules(rulesWith([isRecorded(enabled)]));
      await until('the rules are taken', () => taken() > before);
    };
    const during = async (act: () => Promise<void>) => {
      const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: 'live/changed' });
      await publisher.play(
        tags.filter(({ timestampMs }) => timestampMs < 2000),
        { speed: 4 },
      );
      await act();
      await publisher.play(
        tags.filter(({ timestampMs }) => timestampMs >= 2000),
        { speed: 4 },
      );
      await publisher.unpublish();
    };
    await setRule(false);
    await during(() => setRule(true));
    await during(() => setRule(false));
    const recordings = await recordingsOf('changed', 3);
    expect(recordings).toHaveLength(3);
    for (const recording of recordings) {
      expect(await packetHashes(await fileOf(recording), 'v')).toHaveLength(framesOf(tags, 'video').length);
    }
    await push('changed', tags);
    expect(await recordingsOf('changed', 3)).toHaveLength(3);
  });
});
