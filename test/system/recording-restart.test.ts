import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decodeVideoTag, type FlvTag } from '../../src/protocol/flv/index.ts';
import type { RulesInput } from '../../src/rules/index.ts';
import { CallbackReceiver, eventsOf } from '../support/callback-receiver.ts';
import { type Headwater, runToEnd, startHeadwater, tempDir, until } from '../support/index.ts';
import { FlvViewer, framesOf, type MadeFlv, makeFlv, OPEN_DOMAIN, RtmpPublisher } from '../support/peers.ts';
import { cancelDelay } from '../support/record-command.ts';
import { type SteppedClock, steppedClock } from '../support/stepped-clock.ts';

const FPS = 25;

type Shown = { readonly object: string; readonly startedAt: string };

let home: Awaited<ReturnType<typeof tempDir>>;
let clock: SteppedClock;
let receiver: CallbackReceiver;
let picture: MadeFlv;

beforeAll(async () => {
  home = await tempDir('recording-restart');
  clock = await steppedClock();
  receiver = await CallbackReceiver.start();
  receiver.dropsRepetitions = true;
  picture = await makeFlv({ seconds: 5, fps: FPS, gop: FPS, size: '160x90' });
});
afterAll(async () => {
  await receiver?.down();
  await picture?.remove();
  await clock?.remove();
  await home?.remove();
});

function serve(): Promise<Headwater> {
  const events = ['record_started' as const, 'record_paused' as const, 'record_resumed' as const];
  const rules: RulesInput = {
    domains: [OPEN_DOMAIN],
    streams: [
      {
        ...{ match: {}, publish: { waitSeconds: 1 }, hls: { segmentSeconds: 1 } },
        record: { enabled: true, delaySeconds: 180, notifyStatus: true, formats: [{ format: 'mp4' }] },
      },
    ],
    callbacks: [{ id: 'json', match: {}, url: receiver.url('json'), form: 'json', events }],
  };
  const env = { ...clock.env, HEADWATER_RECORDINGS_DIR: join(home.path, 'recordings') };
  return startHeadwater({ rules, env, dataDir: join(home.path, 'data') });
}

/** Ends the server in the midst of a publish; gives how many pictures viewers had seen of that. */
async function pushAndStop(server: Headwater, signal: NodeJS.Signals): Promise<number> {
  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: 'live/demo' });
  const playing = publisher.play(picture.tags, { speed: 1 });
  const viewer = await FlvViewer.open(`${server.playback}/live/demo.flv`);
  const seen = () => framesOf(viewer.tags, 'video').length;
  await until('some seconds went by', () => seen() > 2 * FPS);
  expect(await server.stop(signal)).toBe(signal === 'SIGTERM' ? 0 : null);
  await playing;
  await viewer.closed;
  return seen();
}

function hashesOf(tags: readonly FlvTag[]): string[] {
  return tags.flatMap((tag) => {
    const decoded = tag.type === 'video' ? decodeVideoTag(tag.payload) : undefined;
    return decoded?.kind === 'frame' ? [createHash('md5').update(decoded.data).digest('hex')] : [];
  });
}

async function hashesIn({ object }: Shown): Promise<string[]> {
  const args = ['-v', 'error', '-i', join(home.path, 'recordings', object), '-map', '0:v', '-c', 'copy'];
  const text = await runToEnd('ffmpeg', [...args, '-f', 'framemd5', '-'], 60_000);
  return text.split('\n').flatMap((line) => (line.startsWith('0,') ? [line.split(',')[5]?.trim() ?? ''] : []));
}

const untilRecorded = (server: Headwater, count: number) =>
  until(`${count} files are there`, async () => {
    const { recordings } = await server.api<{ recordings: Shown[] }>('/recordings?app=live&stream=demo');
    return recordings.length >= count && recordings;
  });

it('goes on with its file over a crash and a stop, for a publisher who is back within the delay', async () => {
  const seen = [await pushAndStop(await serve(), 'SIGKILL'), await pushAndStop(await serve(), 'SIGTERM')];
  const told = () => eventsOf(receiver, 'json', 'demo').map(({ type }) => type.replace('record_', ''));

  // This time it is away for longer than the delay.
  await clock.set(200);
  const server = await serve();
  const [file] = await untilRecorded(server, 1);
  const pushed = hashesOf(picture.tags);
  const recorded = await hashesIn(file!);
  // Each publish is in it from its first picture on, and a kill costs no more than the part that was being written.
  const starts = recorded.flatMap((hash, at) => (hash === pushed[0] ? [at] : []));
  expect(starts).toHaveLength(2);
  for (const [publish, start] of starts.entries()) {
    const own = recorded.slice(start, starts[publish + 1]);
    expect(own).toEqual(pushed.slice(0, own.length));
    expect(own.length).toBeGreaterThan(seen[publish]! - FPS / 2);
  }

  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: 'live/demo' });
  await publisher.play(picture.tags, { speed: 2 });
  await publisher.unpublish();
  await cancelDelay(server, 'demo');
  const [second, first] = await untilRecorded(server, 2);
  expect([first, await hashesIn(second!)]).toEqual([file, pushed]);
  await until('all is told', () => told().length >= 6);
  expect(told()).toEqual(['started', 'paused', 'resumed', 'paused', 'started', 'paused']);
  await server.stop();
});
