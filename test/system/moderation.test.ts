import { writeFile } from 'node:fs/promises';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RulesInput } from '../../src/rules/index.ts';
import { CallbackReceiver, eventsOf } from '../support/callback-receiver.ts';
import { type MadeFlv, makeFlv } from '../support/flv-file.ts';
import {
  HEADWATER,
  type Headwater,
  runToEnd,
  start as startChild,
  startHeadwater,
  tempDir,
  until,
} from '../support/index.ts';
import { type ModerationHook, startModerationHook } from '../support/moderation-hook.ts';
import { OPEN_DOMAIN } from '../support/open-server.ts';
import { playForEver, RtmpPublisher, RtmpRefused } from '../support/rtmp-publisher.ts';

const KEY = `whsec_${Buffer.from('a secret of the right length').toString('base64')}`;

let hook: ModerationHook;
let receiver: CallbackReceiver;
let server: Headwater;
let flv: MadeFlv;
let home: Awaited<ReturnType<typeof tempDir>>;

function rules(): RulesInput {
  const snapshot = { enabled: true, everySeconds: 5, overwrite: '' };
  const moderated = (path: string, more: object = {}) => ({
    snapshot: { ...snapshot, moderation: { url: hook.url(path), ...more } },
  });
  return {
    domains: [OPEN_DOMAIN],
    streams: [
      { match: {}, ...moderated('look', { key: KEY }) },
      { match: { stream: 'json*' }, ...moderated('json', { key: KEY, send: 'json' }) },
      { match: { stream: 'closed*' }, ...moderated('closed', { onFailure: 'stop' }) },
      { match: { stream: 'slow*' }, ...moderated('slow', { timeoutMs: 30_000, concurrency: 1 }) },
    ],
    callbacks: [{ id: 'json', url: receiver.url('json') }],
  };
}

const start = () => startHeadwater({ rules: rules(), dataDir: `${home.path}/data`, env: { DATABASE_URL: '' } });

beforeAll(async () => {
  home = await tempDir('moderation');
  hook = await startModerationHook();
  receiver = await CallbackReceiver.start();
  flv = await makeFlv({ seconds: 4, gop: 30, size: '320x180' });
  server = await start();
});
afterAll(async () => {
  await server?.stop();
  await receiver?.down();
  await hook?.close();
  await flv?.remove();
  await home?.remove();
});

async function publish(name: string): Promise<RtmpPublisher> {
  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: `live/${name}` });
  const playing = playForEver(publisher, flv.tags);
  void publisher.closed.then(() => playing.stop()).catch(() => undefined);
  return publisher;
}

type Overview = {
  readonly name: string;
  readonly moderation?: { readonly action: string; readonly reason: string };
  readonly health: { readonly status: string; readonly findings: readonly { readonly code: string }[] };
};
const overviewOf = async (name: string) =>
  (await server.api<{ streams: Overview[] }>('/streams')).streams.find((each) => each.name === name);
const shownOf = (name: string) => hook.shown.filter(({ stream }) => stream === name);
const told = (name: string, type: string) =>
  until(
    `${type} of ${name} is told`,
    () => eventsOf(receiver, 'json', name).find((each) => each.type === type),
    60_000,
  );

describe('a moderation hook', () => {
  it('gets each picture, signed, and flags: event, health and API, until the publish ends', async () => {
    hook.answer = () => ({ action: 'flag', reason: 'a gun' });
    const publisher = await publish('flagged');
    const json = await publish('json1');
    await until('the hook saw two', () => shownOf('flagged').length >= 2, 60_000);
    const [first] = shownOf('flagged');
    expect(first!.headers).toMatchObject({ 'content-type': 'image/jpeg', 'headwater-app': 'live' });
    expect([first!.body[0], first!.body[1]]).toEqual([0xff, 0xd8]);
    const size = ['-show_entries', 'stream=codec_name,width,height', '-of', 'csv=p=0'];
    const written = `${home.path}/shown.jpg`;
    await writeFile(written, first!.body);
    expect((await runToEnd('ffprobe', ['-v', 'error', ...size, written])).trim()).toBe('mjpeg,320,180');
    await until('the other hook saw one', () => shownOf('json1').length > 0, 60_000);
    const [inJson] = shownOf('json1');
    const headers = inJson!.headers as Record<string, string>;
    const said = new Webhook(KEY).verify(inJson!.body, headers) as { data: { image: string } };
    expect([...Buffer.from(said.data.image, 'base64').subarray(0, 2)]).toEqual([0xff, 0xd8]);

    expect((await told('flagged', 'moderation')).data).toMatchObject({
      app: 'live',
      moderation: { action: 'flag', reason: 'a gun', takenAt: expect.stringMatching(/Z$/) },
    });
    const overview = await overviewOf('flagged');
    expect(overview?.moderation).toMatchObject({ action: 'flag', reason: 'a gun' });
    expect(overview?.health.findings.map(({ code }) => code)).toContain('MODERATION_FLAGGED');
    expect(eventsOf(receiver, 'json', 'flagged').filter(({ type }) => type === 'moderation').length).toBe(1);
    expect(await server.metric('headwater_moderation_total{outcome="flag"}')).toBeGreaterThanOrEqual(2);
    expect(publisher.isClosed).toBe(false);
    await publisher.unpublish();
    await json.unpublish();
    const again = await publish('flagged');
    expect((await overviewOf('flagged'))?.moderation).toBeUndefined();
    await again.unpublish();
  });

  it('stops a publish, which says why, and may come back', async () => {
    // A publish of less than 2 s is not told of.
    hook.answer = () => (shownOf('stopped').length < 2 ? '' : { action: 'stop', reason: 'not\nallowed' });
    const publisher = await publish('stopped');
    await publisher.closed;
    expect(publisher.statuses.at(-1)).toMatchObject({
      code: 'NetStream.Publish.BadName',
      description: 'MODERATION: not allowed',
    });
    expect((await told('stopped', 'moderation')).data).toMatchObject({ moderation: { action: 'stop' } });
    expect((await told('stopped', 'publish_done')).data).toMatchObject({ cause: 'moderation', reason: 'not allowed' });
    hook.answer = () => '';
    const again = await publish('stopped');
    await again.unpublish();
  });

  it('bans until a time, over a restart, with the reason at every door', async () => {
    const until1 = new Date(Date.now() + 3_600_000);
    const ban = { action: 'ban', reason: 'nudity', until: until1.toISOString() };
    hook.answer = () => (shownOf('banned').length < 2 ? '' : ban);
    const publisher = await publish('banned');
    await publisher.closed;
    const reason = `until ${until1.toISOString()}: nudity`;
    expect(publisher.statuses.at(-1)?.description).toBe(`BLOCKED: ${reason}`);
    expect((await told('banned', 'publish_done')).data).toMatchObject({ cause: 'blocked', reason });
    expect((await told('banned', 'moderation')).data).toMatchObject({
      moderation: { action: 'ban', until: until1.toISOString() },
    });
    hook.answer = () => '';
    const refusal = await publish('banned').catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(RtmpRefused);
    expect((refusal as RtmpRefused).statuses.at(-1)).toMatchObject({
      code: 'NetStream.Publish.Denied',
      description: expect.stringContaining(`blocked ${reason}`),
    });
    await server.stop('SIGKILL');
    server = await start();
    expect(await publish('banned').catch((error: unknown) => error)).toBeInstanceOf(RtmpRefused);
    const { blocks } = await server.api<{ blocks: object[] }>('/blocks');
    expect(blocks).toMatchObject([
      { domain: 'default', app: 'live', stream: 'banned', reason: 'nudity', by: 'moderation' },
    ]);
    const args = [...HEADWATER, 'explain', '--push', `${server.rtmp}/live/banned`];
    const env = { ...process.env, HEADWATER_DATA_DIR: server.dataDir };
    const explaining = startChild(process.execPath, args, { env });
    expect(await explaining.exited).toBe(1);
    expect(explaining.stdout()).toContain(`blocked ${reason}`);
    const other = await publish('other');
    await other.unpublish();
    await server.api('/blocks/default/live/banned', { method: 'DELETE' });
    const free = await publish('banned');
    const body = JSON.stringify({ app: 'live', stream: 'banned', reason: 'by hand' });
    await server.api('/blocks', { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    await free.closed;
    expect(free.statuses.at(-1)?.description).toMatch(/^BLOCKED: until .*: by hand$/);
    await server.api('/blocks/default/live/banned', { method: 'DELETE' });
  });

  it('that fails lets pass, or ends the publish after three pictures, as the rule says', async () => {
    hook.answer = ({ stream }) => (stream.startsWith('closed') ? 500 : 'no JSON');
    const open = await publish('open');
    const closed = await publish('closed');
    await closed.closed;
    expect(shownOf('closed').length).toBe(3);
    expect(closed.statuses.at(-1)?.description).toBe('MODERATION: no moderation of 3 pictures in a row');
    expect(open.isClosed).toBe(false);
    expect(await server.metric('headwater_moderation_total{outcome="failed"}')).toBeGreaterThanOrEqual(3);
    const lines = server.log().filter(({ message }) => message === 'picture was not moderated');
    expect(lines.map(({ name }) => name).sort()).toEqual(['closed', 'open']);
    await open.unpublish();
  });

  it('that is slow keeps nobody waiting, and has few pictures at once', async () => {
    hook.answer = ({ path }) => (path === '/slow' ? 'never' : '');
    const publishers = [await publish('slow1'), await publish('slow2'), await publish('quick')];
    await until('the others are seen', () => shownOf('quick').length >= 3, 60_000);
    expect(hook.shown.filter(({ path }) => path === '/slow').length).toBe(1);
    for (const name of ['slow1', 'slow2']) {
      expect((await fetch(`${server.playback}/live/${name}.jpg`)).status).toBe(200);
    }
    expect(await server.metric('headwater_moderation_total{outcome="skipped"}')).toBeGreaterThanOrEqual(1);
    for (const publisher of publishers) await publisher.unpublish();
  });
});
