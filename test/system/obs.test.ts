import { createHash } from 'node:crypto';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, openPage, untilFrames } from '../support/browser.ts';
import { actionsOf, CallbackReceiver } from '../support/callback-receiver.ts';
import { startFfplay } from '../support/ffplay.ts';
import { StallWatch } from '../support/foreign-player.ts';
import { type Headwater, runToEnd, startHeadwater, until, untilLive } from '../support/index.ts';
import { startObs } from '../support/obs.ts';
import { startVlc } from '../support/vlc.ts';

const PUSH_KEY = 'obs-test-push-key-1';
const STREAM_KEY = 'obs-test-lasting-key-1';

let server: Headwater;
let receiver: CallbackReceiver;
let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
  receiver = await CallbackReceiver.start();
  server = await startHeadwater({
    rules: {
      domains: [{ name: 'default', push: { auth: { type: 'type_a', key1: PUSH_KEY } } }],
      streamKeys: [{ id: 'obs', key: STREAM_KEY, match: { stream: 'lasting' } }],
      callbacks: [{ id: 'apsara', url: receiver.url('apsara'), form: 'apsara' }],
    },
  });
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await receiver?.down();
});

function signed(path: string): string {
  const timestamp = Math.floor(Date.now() / 1000) + 3600;
  const hash = createHash('md5').update(`${path}-${timestamp}-0-0-${PUSH_KEY}`).digest('hex');
  return `auth_key=${timestamp}-0-0-${hash}`;
}

type Stream = {
  readonly app: string;
  readonly name: string;
  readonly publisher?: { readonly encoder: string };
  readonly gopSeconds: number;
  readonly health: { readonly findings: readonly { readonly code: string; readonly remedy: string }[] };
};

async function stream(name: string): Promise<Stream | undefined> {
  const { streams } = await server.api<{ streams: Stream[] }>('/streams');
  return streams.find((each) => each.name === name);
}

type Probe = { streams: { codec_name: string; width?: number; sample_rate?: string }[] };

function doorsOf(name: string): Record<string, string> {
  return {
    flv: `${server.playback}/live/${name}.flv`,
    rtmp: `${server.rtmp}/live/${name}`,
    hls: `${server.playback}/live/${name}.m3u8`,
    ts: `${server.playback}/live/${name}.m3u8?container=ts`,
  };
}

async function probeDoors(name: string): Promise<unknown> {
  const probed = await Promise.all(
    Object.entries(doorsOf(name)).map(async ([door, url]) => {
      const text = await runToEnd('ffprobe', ['-v', 'error', '-show_streams', '-of', 'json', url]);
      const { streams } = JSON.parse(text) as Probe;
      return [door, streams.map(({ codec_name, width }) => (width ? `${codec_name} ${width}` : codec_name)).sort()];
    }),
  );
  return Object.fromEntries(probed);
}

const BOTH_TRACKS = ['aac', 'h264 640'];

describe('OBS Studio', () => {
  it.each([
    ['a signed key', 'signed', () => `signed?${signed('/live/signed')}`],
    ['a lasting key', 'lasting', () => `lasting?key=${STREAM_KEY}`],
  ])('pushes with %s, and every door plays it', async (_which, name, streamKey) => {
    const obs = await startObs({ server: `${server.rtmp}/live`, streamKey: streamKey(), keyFrameSeconds: 2 });
    try {
      await untilLive(server, `live/${name}`, obs.child);
      const doors = await probeDoors(name);
      expect(doors).toEqual({ flv: BOTH_TRACKS, rtmp: BOTH_TRACKS, hls: BOTH_TRACKS, ts: BOTH_TRACKS });
      // OBS leaves out pictures where the machine is too busy for it: such a group takes longer, and not every one does.
      const seen = await until('key frames come every 2 s', async () => {
        const found = await stream(name);
        return found && Math.abs(found.gopSeconds - 2) < 0.05 ? found : undefined;
      });
      expect(seen.publisher?.encoder).toMatch(/obs/i);
      expect(seen.health.findings.map(({ code }) => code)).not.toContain('KEY_FRAME_INTERVAL_LONG');
    } finally {
      await obs.stop();
    }
    await until('the stream has ended', async () => (await stream(name)) === undefined);
    await until('both callbacks came', () => actionsOf(receiver, 'apsara', name).length >= 2);
    expect(actionsOf(receiver, 'apsara', name)).toEqual(['publish', 'publish_done']);
  });

  it('plays in VLC, ffplay and Chromium at every door', async () => {
    const streamKey = `watched?${signed('/live/watched')}`;
    const obs = await startObs({ server: `${server.rtmp}/live`, streamKey, keyFrameSeconds: 2 });
    try {
      await untilLive(server, 'live/watched', obs.child);
      // One after the other: OBS draws in software, beside the players, on few cores.
      for (const [door, url] of Object.entries(doorsOf('watched'))) {
        for (const start of [startVlc, startFfplay]) {
          const player = await start(url, 30);
          const watch = new StallWatch(player);
          await watch.untilMoved(8, 60_000).catch((error) => {
            throw new Error(`${start.name} at ${door}: ${player.said().slice(-1000)}`, { cause: error });
          });
          watch.stop();
          await player.stop();
        }
      }
      for (const protocol of ['llhls', 'hls', 'flv']) {
        const url = `${server.playback}/live/watched?muted=1&protocol=${protocol}`;
        const { page, errors, close } = await openPage(browser, url);
        expect(await untilFrames(page, 60)).toMatchObject({ state: 'live', protocol });
        expect(errors).toEqual([]);
        await close();
      }
    } finally {
      await obs.stop();
    }
  });

  it('is told that its automatic key-frame interval is too long', async () => {
    const streamKey = `auto?${signed('/live/auto')}`;
    const obs = await startObs({ server: `${server.rtmp}/live`, streamKey, keyFrameSeconds: 0 });
    try {
      await untilLive(server, 'live/auto', obs.child);
      const finding = await until(
        'the finding is there',
        async () => (await stream('auto'))?.health.findings.find(({ code }) => code === 'KEY_FRAME_INTERVAL_LONG'),
        60_000,
      );
      expect(finding.remedy).toMatch(/Keyframe Interval to 2 s/);
      expect(await probeDoors('auto')).toMatchObject({ flv: BOTH_TRACKS, rtmp: BOTH_TRACKS });
    } finally {
      await obs.stop();
    }
  });

  it('is refused with a wrong key, and nothing is published', async () => {
    const obs = await startObs({
      server: `${server.rtmp}/live`,
      streamKey: 'lasting?key=not-the-key-0123456789',
      keyFrameSeconds: 2,
    });
    try {
      const said = await until('OBS tells the refusal', () => /NetStream\.Publish\..*/.exec(obs.child.stdout())?.[0]);
      expect(said).toMatch(/^NetStream\.Publish\.Denied \(stream key/);
      expect(await stream('lasting')).toBeUndefined();
    } finally {
      await obs.stop();
    }
  });
});
