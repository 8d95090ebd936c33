import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BreakableEncoder, breakableNvenc } from '../support/breakable-encoder.ts';
import { CallbackReceiver, eventsOf } from '../support/callback-receiver.ts';
import { limitCpu } from '../support/cpu-limit.ts';
import { type Headwater, startHeadwater, until } from '../support/index.ts';
import { ffmpegsOf, pictureTimes, transcodingOf, untilRendition } from '../support/ladder.ts';
import { OPEN_DOMAIN } from '../support/open-server.ts';
import { FlvViewer, framesOf, type MadeFlv, makeFlv, RtmpPublisher } from '../support/peers.ts';
import { playForEver } from '../support/rtmp-publisher.ts';

/** Of what is left when another rendition is given up: FFmpeg may be 5 s behind, and goes on at a key frame. */
const LARGEST_HOLE_MS = 6500;

let server: Headwater;
let receiver: CallbackReceiver;
let encoder: BreakableEncoder;
let source: MadeFlv;

beforeAll(async () => {
  receiver = await CallbackReceiver.start();
  encoder = await breakableNvenc();
  source = await makeFlv({ seconds: 10, gop: 30, fps: 30, size: '640x360', bitrate: '1M' });
  server = await startHeadwater({
    rules: {
      domains: [OPEN_DOMAIN],
      streams: [
        { match: { stream: 'heavy' }, transcode: { templates: ['light', 'heavy'], lazy: false } },
        { match: { stream: 'hardware' }, transcode: { templates: ['light'], lazy: false } },
        { match: { stream: 'made*' }, record: { enabled: true, renditions: [{ templates: ['light'] }] } },
        { match: { stream: 'made' }, transcode: { templates: ['light'] } },
      ],
      templates: [
        { name: 'heavy', video: { shortSide: 360, bitrateKbps: 800 }, latency: 'quality' },
        { name: 'light', video: { shortSide: 72, bitrateKbps: 50, fps: 5 } },
      ],
      callbacks: [{ id: 'json', url: receiver.url('json'), form: 'json' }],
    },
    env: { HEADWATER_FFMPEG_PATH: encoder.path, HEADWATER_TRANSCODE_ENCODER: 'nvenc' },
  });
});

afterAll(async () => {
  await server?.stop();
  await receiver?.down();
  await encoder?.remove();
  await source?.remove();
});

const eventsOfRenditions = (stream: string) =>
  eventsOf(receiver, 'json', stream)
    .filter(({ type }) => type.startsWith('rendition') || type.startsWith('encoder'))
    .map(({ type, data: { template, reason } }) => ({ type, template, reason }));

const typesOf = (stream: string) => eventsOfRenditions(stream).map(({ type, template = '' }) => `${type} ${template}`);

const errorsOf = (name: string) => server.log().filter((line) => line.level === 'error' && line.name === name);

type Health = { readonly transcoding: { readonly fallbackReason?: string; readonly troubles: readonly object[] } };

async function publishing(name: string) {
  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: `live/${name}` });
  const playing = playForEver(publisher, source.tags);
  return {
    async stop() {
      await playing.stop();
      await publisher.unpublish();
    },
  };
}

it('B38 gives up the topmost rendition where FFmpeg is too slow, brings it back, and lets the source be', async () => {
  const publisher = await publishing('heavy');
  await untilRendition(server, 'heavy', 'heavy', 'live');
  const viewer = await FlvViewer.open(`${server.playback}/live/heavy.flv`);
  const light = await FlvViewer.open(`${server.playback}/live/heavy_light.flv`);
  const heavy = await FlvViewer.open(`${server.playback}/live/heavy_heavy.flv`);

  const limit = limitCpu(() => ffmpegsOf(server), 0.1);
  const shed = await untilRendition(server, 'heavy', 'heavy', 'shed');
  await limit.stop();
  expect(shed.reason).toBe('the machine is too slow for it');
  await heavy.closed;
  expect(errorsOf('heavy')).toMatchObject([{ rung: 'heavy', reason: shed.reason }]);
  expect((await server.api<Health>('/health')).transcoding.troubles).toEqual([
    { domain: 'default', app: 'live', name: 'heavy_heavy', template: 'heavy', state: 'shed', reason: shed.reason },
  ]);
  await until('the alarm is raised', async () => {
    const shedNow = await server.metric('headwater_renditions{template="heavy",state="shed"}');
    return shedNow === 1;
  });
  const events = () => server.metric('headwater_ladder_events_total{event="rendition_shed",template="heavy"}');
  expect(await events()).toBe(1);

  await until('it is tried again', async () => (await stateOf('heavy')) !== 'shed', 90_000);
  await untilRendition(server, 'heavy', 'heavy', 'live');
  await until('the callbacks have told all', () => typesOf('heavy').length >= 4, 120_000);
  expect(typesOf('heavy').slice(0, 2).toSorted()).toEqual(['rendition_started heavy', 'rendition_started light']);
  expect(eventsOfRenditions('heavy').slice(2)).toEqual([
    { type: 'rendition_shed', template: 'heavy', reason: shed.reason },
    { type: 'rendition_restored', template: 'heavy' },
  ]);
  expect((await server.api<Health>('/health')).transcoding.troubles).toEqual([]);

  expect(light.isClosed || viewer.isClosed).toBe(false);
  const lightTimes = pictureTimes(light.tags);
  const holesMs = lightTimes.map((time, index) => time - (lightTimes[index - 1] ?? time));
  expect(Math.max(...holesMs)).toBeLessThan(LARGEST_HOLE_MS);
  const got = framesOf(viewer.tags, 'video').map(({ payload }) => payload);
  expect(got.length).toBeGreaterThan(1500);
  const sent = framesOf(source.tags, 'video').map(({ payload }) => payload);
  const first = sent.findIndex((payload) => Buffer.compare(payload, got[0] ?? payload.subarray(1)) === 0);
  const strange = got.findIndex((each, index) =>
    Buffer.compare(each, sent[(first + index) % sent.length] as Uint8Array),
  );
  expect([first >= 0, strange]).toEqual([true, -1]);
  const holeMs = Math.max(...holesMs);
  console.log(
    `a rendition given up: 0 of ${got.length} pictures of the source missing, ${holeMs} ms at most of the other`,
  );
  await viewer.close();
  await light.close();
  await publisher.stop();
});

const stateOf = async (template: string) =>
  (await transcodingOf(server, 'heavy'))?.renditions.find((each) => each.template === template)?.state;

it('goes on in software when the hardware encoder fails later, and says so', async () => {
  const publisher = await publishing('hardware');
  await untilRendition(server, 'hardware', 'light', 'live');
  expect(await transcodingOf(server, 'hardware')).toMatchObject({ encoder: 'nvenc' });
  const rendition = await FlvViewer.open(`${server.playback}/live/hardware_light.flv`);
  await encoder.break();
  for (const pid of await ffmpegsOf(server)) process.kill(pid, 'SIGKILL');
  const inSoftware = await until('software encodes', async () => {
    const transcoding = await transcodingOf(server, 'hardware');
    return transcoding?.encoder === 'software' && transcoding;
  });
  expect(inSoftware.fallbackReason).toMatch(/OpenEncodeSessionEx failed/);
  expect((await server.api<Health>('/health')).transcoding.fallbackReason).toBe(inSoftware.fallbackReason);
  expect(errorsOf('hardware')).toMatchObject([{ encoder: 'nvenc', reason: inSoftware.fallbackReason }]);
  const before = pictureTimes(rendition.tags).at(-1) ?? 0;
  await untilRendition(server, 'hardware', 'light', 'live');
  await until('the rendition goes on', () => (pictureTimes(rendition.tags).at(-1) ?? 0) > before + 1000);
  await until('the callbacks have told all', () => typesOf('hardware').length >= 4, 120_000);
  expect(typesOf('hardware')).toEqual([
    'rendition_started light',
    'rendition_failed light',
    'encoder_fallback ',
    'rendition_restored light',
  ]);
  await rendition.close();
  await publisher.stop();
});

it('tells of a rendition that is to be recorded and that no rule makes of the stream', async () => {
  const publisher = await publishing('made-not');
  await until('the callback has told', () => eventsOfRenditions('made-not').length > 0, 120_000);
  const reason = expect.stringContaining('transcode does not make it of this stream; add it there');
  expect(eventsOfRenditions('made-not')).toEqual([{ type: 'rendition_failed', template: 'light', reason }]);
  expect(errorsOf('made-not')).toMatchObject([{ template: 'light', reason, message: 'rendition is not recorded' }]);
  await publisher.stop();
});
