import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import OSS from 'ali-oss';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApsaraClient, codeOf, newKey, openApiClient, popClient } from '../../support/apsara-clients.ts';
import { CallbackReceiver, type Received } from '../../support/callback-receiver.ts';
import { type Headwater, tempDir, until } from '../../support/index.ts';
import { startUploadServer } from '../../support/uploads.ts';

type Body = Readonly<Record<string, unknown>>;

const KEY = 'Kept2Secret';
const WEBHOOK_KEY = 'a key of at least sixteen';

let home: Awaited<ReturnType<typeof tempDir>>;
let receiver: CallbackReceiver;
let server: Headwater;
let pop: ApsaraClient;
let openApi: ApsaraClient;
let film: string;

beforeAll(async () => {
  home = await tempDir('vod-messages');
  film = join(home.path, 'film.mp4');
  execFileSync('ffmpeg', [
    ...['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=s=320x180:r=25', '-f', 'lavfi', '-i', 'sine=440', '-t', '3'],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '50', '-pix_fmt', 'yuv420p', '-c:a', 'aac', film],
  ]);
  receiver = await CallbackReceiver.start();
  receiver.dropsRepetitions = true;
  await start();
});

afterAll(async () => {
  await server?.stop();
  await receiver?.down();
  await home?.remove();
});

async function start(): Promise<void> {
  const env = { HEADWATER_RECORDINGS_DIR: join(home.path, 'recordings') };
  server = await startUploadServer({ dataDir: join(home.path, 'data'), env });
  const key = await newKey(server);
  pop = popClient(server, key, 'POST', 'vod');
  openApi = openApiClient(server, key, 'vod');
}

const fromBase64 = (text: unknown) =>
  JSON.parse(Buffer.from(String(text), 'base64').toString()) as Record<string, string>;

/** As the official upload clients do; the id of the new video. */
async function upload(fields: object = {}): Promise<string> {
  const created = await pop('CreateUploadVideo', { Title: 'A film', FileName: 'film.mp4', ...fields });
  const { Endpoint: endpoint = '', Bucket: bucket = '', FileName = '' } = fromBase64(created.UploadAddress);
  const { AccessKeyId = '', AccessKeySecret = '', SecurityToken = '' } = fromBase64(created.UploadAuth);
  const account = { accessKeyId: AccessKeyId, accessKeySecret: AccessKeySecret, stsToken: SecurityToken };
  await new OSS({ endpoint, bucket, ...account }).put(FileName, await readFile(film));
  return String(created.VideoId);
}

const bodyOf = ({ body }: Received) => JSON.parse(body) as Body;

/** What was told of a video; every signature has to be right. */
function toldOf(id: string): Body[] {
  const url = receiver.url('vod');
  return receiver.told('vod').flatMap((each) => {
    const { 'x-vod-timestamp': time = '', 'x-vod-signature': signature } = each.headers;
    expect(each.method).toBe('POST');
    expect(signature).toBe(createHash('md5').update(`${url}|${time}|${KEY}`).digest('hex'));
    expect(Math.abs(Date.now() / 1000 - Number(time))).toBeLessThan(300);
    const body = bodyOf(each);
    return body.VideoId === id || body.MediaId === id ? [body] : [];
  });
}

const typesOf = (bodies: readonly Body[]) => bodies.map(({ EventType }) => String(EventType));

function whenTold(id: string, type: string): Promise<Body> {
  return until(`${type} is told`, async () => toldOf(id).find(({ EventType }) => EventType === type), 120_000);
}

it('tells of an upload from its begin to its end, in order and signed, as the official client set it up', async () => {
  const url = receiver.url('vod');
  expect((await openApi('GetMessageCallback')).MessageCallback).toEqual({ AppId: 'app-1000000' });
  const said = { CallbackURL: url, CallbackType: 'HTTP', AuthSwitch: 'on', AuthKey: KEY, EventTypeList: 'ALL' };
  await pop('SetMessageCallback', said);
  expect((await openApi('GetMessageCallback')).MessageCallback).toEqual({ AppId: 'app-1000000', ...said });
  const hook = { id: 'hook', url: receiver.url('hook'), key: WEBHOOK_KEY };
  await server.api('/media-callbacks', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(hook),
  });

  // What comes later waits for what is refused.
  let isRefused = true;
  receiver.answer = ({ body }) => (body.includes('"OperateMode":"create"') && isRefused ? 500 : 200);
  const id = await upload({ UserData: '{"Extend":{"mine":1}}', Tags: 'one,two' });
  await until('its upload is told elsewhere', async () => {
    return receiver.told('hook').some((each) => bodyOf(each).type === 'asset_uploaded');
  });
  isRefused = false;
  const done = await whenTold(id, 'TranscodeComplete');
  await whenTold(id, 'SnapshotComplete');
  const told = toldOf(id);
  const types = typesOf(told);
  expect(types.slice(0, 3)).toEqual(['MediaBaseChangeComplete', 'FileUploadComplete', 'VideoAnalysisComplete']);
  expect([...types.slice(3)].sort()).toEqual([
    ...['SnapshotComplete', 'StreamTranscodeComplete', 'StreamTranscodeComplete', 'TranscodeComplete'],
  ]);
  expect(types.indexOf('StreamTranscodeComplete')).toBeLessThan(types.indexOf('TranscodeComplete'));
  const of = (type: string) => told.find(({ EventType }) => EventType === type);
  expect(of('MediaBaseChangeComplete')).toMatchObject({
    ...{ OperateMode: 'create', MediaType: 'video', MediaId: id, Status: 'success' },
    MediaContent: { Title: '{"NewValue":"A film"}', Tags: '{"NewValue":"one,two"}' },
  });
  const size = (await readFile(film)).length;
  expect(of('FileUploadComplete')).toEqual({
    ...{ EventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/), EventType: 'FileUploadComplete' },
    ...{ VideoId: id, Status: 'success', Size: size, FileUrl: expect.stringContaining(id), Extend: '{"mine":1}' },
  });
  expect(of('VideoAnalysisComplete')).toMatchObject({
    ...{ Width: 320, Height: 180, Fps: '25', Size: size, Duration: expect.closeTo(3, 0) },
    Bitrate: expect.stringMatching(/^\d+$/),
  });
  expect(done).toMatchObject({ Status: 'success', StreamInfos: [{ Status: 'success', Definition: 'LD', Width: 320 }] });
  const stream = told.find(({ Definition }) => Definition === 'LD');
  expect(stream).toMatchObject({ Format: 'm3u8', Encrypt: false, Extend: '{"mine":1}', Height: 180 });
  expect(await (await fetch(String(stream?.FileUrl))).text()).toContain('#EXTM3U');
  const pictures = of('SnapshotComplete') as Body & { SnapshotInfos: Body[] };
  expect((await fetch(String(pictures.CoverUrl))).headers.get('content-type')).toBe('image/jpeg');
  const snapshots = pictures.SnapshotInfos.find(({ SnapshotType }) => SnapshotType === 'NormalSnapshot');
  expect(snapshots?.SnapshotCount).toBe(5);
  for (const number of ['00001', '00005']) {
    const picture = String(snapshots?.SnapshotRegular).replace('{SnapshotCount}', number);
    expect((await fetch(picture)).status).toBe(200);
  }

  // Our own form has these and more, under one id each.
  const webhook = new Webhook(Buffer.from(WEBHOOK_KEY).toString('base64'));
  const kinds = await until('the job is told of', async () => {
    const hooks = receiver.told('hook');
    for (const { body, headers } of hooks) webhook.verify(body, headers);
    const all = hooks.map((each) => bodyOf(each).type);
    return all.includes('job_succeeded') ? all : undefined;
  });
  for (const kind of ['asset_changed', 'asset_uploaded', 'asset_status', 'asset_transcoded'])
    expect(kinds).toContain(kind);
  expect(new Set(receiver.told('hook').map(({ headers }) => headers['webhook-id'])).size).toBe(kinds.length);

  const { SnapshotJob } = await pop('SubmitSnapshotJob', { VideoId: id, SpecifiedOffsetTimes: [100, 2000] });
  const asked = await until('pictures that were asked for are told of', async () =>
    toldOf(id).find(({ SubType }) => SubType === 'SpecifiedTime'),
  );
  const { JobId } = SnapshotJob as Body;
  expect(asked).toMatchObject({ SnapshotInfos: [{ SnapshotType: 'NormalSnapshot', SnapshotCount: 2, JobId }] });

  await pop('CreateAudit', {
    AuditContent: JSON.stringify([{ VideoId: id, Status: 'Blocked', Comment: 'no rights' }]),
  });
  expect(await whenTold(id, 'CreateAuditComplete')).toEqual({
    ...{ EventTime: expect.any(String), EventType: 'CreateAuditComplete', VideoId: id, Status: 'success' },
    ...{ AuditStatus: 'Blocked', Auditor: expect.any(String), Comment: 'no rights', Extend: '{"mine":1}' },
  });
  await pop('CreateAudit', { AuditContent: JSON.stringify([{ VideoId: id, Status: 'Normal' }]) });
  await until('it is told that it was let through', async () =>
    toldOf(id).find(({ AuditStatus }) => AuditStatus === 'Normal'),
  );
  expect(toldOf(id).filter(({ EventType }) => EventType === 'CreateAuditComplete')).toHaveLength(2);

  await pop('UpdateVideoInfo', { VideoId: id, Title: 'A renamed film' });
  await pop('DeleteVideo', { VideoIds: id });
  await server.api(`/assets/${id}/purge`, { method: 'POST' });
  await whenTold(id, 'DeleteMediaComplete');
  expect(typesOf(toldOf(id)).slice(-3)).toEqual([
    ...['MediaBaseChangeComplete', 'MediaBaseChangeComplete', 'DeleteMediaComplete'],
  ]);
});

it('tells after a crash and while the receiver was away, in order', async () => {
  await receiver.down();
  const id = await upload();
  // The server is killed between what happened and its delivery.
  await server.stop('SIGKILL');
  await receiver.up();
  await start();
  await whenTold(id, 'TranscodeComplete');
  expect(typesOf(toldOf(id)).slice(0, 2)).toEqual(['MediaBaseChangeComplete', 'FileUploadComplete']);
});

it('tells only of what was chosen, tries an endpoint, and stops', async () => {
  await pop('SetMessageCallback', {
    ...{ CallbackURL: receiver.url('some'), EventTypeList: 'FileUploadComplete,ProduceMediaComplete' },
  });
  expect((await openApi('GetMessageCallback')).MessageCallback).toMatchObject({
    ...{ EventTypeList: 'FileUploadComplete', AuthSwitch: 'off', CallbackURL: receiver.url('some') },
  });
  const tested = await server.api<Body>('/media-callbacks/vod/test', { method: 'POST' });
  expect(tested).toMatchObject({ isTaken: true, status: 200 });
  const id = await upload();
  const told = () => receiver.told('some').map(bodyOf);
  await until('it is told', async () => told().some(({ VideoId }) => VideoId === id));
  expect(typesOf(told())).toEqual(['FileUploadComplete', 'FileUploadComplete']);
  expect(receiver.told('some').every(({ headers }) => headers['x-vod-signature'] === undefined)).toBe(true);

  expect(await codeOf(pop('SetMessageCallback', { CallbackURL: 'http://x/', CallbackType: 'MNS' }))).toBe(
    'InvalidParameter',
  );
  await openApi('DeleteMessageCallback');
  expect((await pop('GetMessageCallback')).MessageCallback).toEqual({ AppId: 'app-1000000' });
});
