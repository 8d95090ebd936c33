import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RulesInput } from '../../../src/rules/index.ts';
import { CallbackReceiver } from '../../support/callback-receiver.ts';
import { type Headwater, startHeadwater, tempDir, until } from '../../support/index.ts';
import { OPEN_DOMAIN } from '../../support/open-server.ts';
import { publishTestPicture } from '../../support/publish.ts';
import { cancelDelay } from '../../support/record-command.ts';

const PICTURE = { size: '320x180', fps: 30, gop: 30, seconds: 6 };

type Shown = {
  readonly id: string;
  readonly title: string;
  readonly status: string;
  readonly durationSeconds: number;
  readonly chapters?: readonly { title: string; atSeconds: number }[];
  readonly live?: { readonly stream: string };
  readonly trouble?: unknown;
};
type File = { readonly role: string; readonly storage: string; readonly object: string; readonly definition?: string };

let home: Awaited<ReturnType<typeof tempDir>>;
let server: Headwater;
let receiver: CallbackReceiver;

beforeAll(async () => {
  home = await tempDir('live-to-vod');
  receiver = await CallbackReceiver.start();
  const record = { enabled: true, delaySeconds: 15, formats: [{ format: 'mp4' as const }] };
  const rules: RulesInput = {
    domains: [OPEN_DOMAIN],
    mediaCallbacks: [{ id: 'vod', url: receiver.url('vod'), form: 'vod' }],
    streams: [
      { publish: { waitSeconds: 1 }, hls: { segmentSeconds: 1 } },
      {
        match: { app: 'live', stream: 'match' },
        record: { ...record, assets: { as: 'files', tags: ['sport'], title: 'The {StreamName}' } },
      },
      {
        match: { app: 'live', stream: 'show' },
        record: {
          ...record,
          assets: { as: 'composed', composeAfterSeconds: 25, templateGroup: 'VOD_NO_TRANSCODE', publication: 'review' },
        },
      },
    ],
  };
  server = await startHeadwater({ rules, env: { HEADWATER_RECORDINGS_DIR: home.path } });
});
afterAll(async () => {
  await server?.stop();
  await receiver?.down();
  await home?.remove();
});

async function assetsOf(stream: string): Promise<Shown[]> {
  const { assets } = await server.api<{ assets: Shown[] }>('/assets');
  return assets.filter(({ live }) => live?.stream === stream);
}

const ready = (stream: string) =>
  until(
    `an asset of ${stream} is ready`,
    async () => {
      const [asset] = await assetsOf(stream);
      if (asset?.trouble) throw new Error(JSON.stringify(asset.trouble));
      return asset?.status === 'Normal' ? asset : undefined;
    },
    150_000,
  );

/** What was told of an asset, in ApsaraVideo VOD's words. */
const toldOf = (asset: string) =>
  receiver
    .told('vod')
    .map(({ body }) => JSON.parse(body) as Record<string, unknown>)
    .filter(({ VideoId }) => VideoId === asset);

/** For so long, with a marker in it. */
async function push(stream: string, marker: string): Promise<void> {
  const publisher = await publishTestPicture(server, `live/${stream}`, PICTURE);
  const body = JSON.stringify({ name: marker });
  await until('it can be marked', () =>
    server
      .api(`/streams/default/live/${stream}/markers`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      })
      .then(
        () => true,
        () => false,
      ),
  );
  await publisher.exited;
  await cancelDelay(server, stream);
}

const fileOf = ({ storage, object }: File) => join(home.path, storage === 'recordings' ? '' : storage, object);

async function seconds(file: string): Promise<number> {
  const probe = ['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0'];
  return Number((await promisify(execFile)('ffprobe', [...probe, file])).stdout);
}

it('makes an asset of a recording, with its markers as chapters and its renditions', async () => {
  await push('match', 'goal');
  const asset = await ready('match');
  expect(asset).toMatchObject({ title: 'The match', tags: ['sport'], chapters: [{ title: 'goal' }] });
  const [recorded, ...others] = toldOf(asset.id);
  expect(recorded).toMatchObject({
    ...{ EventType: 'AddLiveRecordVideoComplete', Status: 'success', DomainName: 'default', AppName: 'live' },
    ...{
      StreamName: 'match',
      RecordStartTime: expect.stringMatching(/Z$/),
      RecordEndTime: expect.stringMatching(/Z$/),
    },
  });
  expect(others.map(({ EventType }) => EventType)).not.toContain('FileUploadComplete');
  const { files } = await server.api<{ files: File[] }>(`/assets/${asset.id}/files`);
  const original = files.find(({ role }) => role === 'original')!;
  expect(await seconds(fileOf(original))).toBeCloseTo(asset.durationSeconds, 0);
  const auto = files.find(({ definition }) => definition === 'AUTO')!;
  expect(await seconds(fileOf(auto))).toBeCloseTo(asset.durationSeconds, 0);
  const { recordings } = await server.api<{ recordings: { id: string; object: string }[] }>('/recordings?stream=match');
  expect(recordings).toMatchObject([{ object: original.object }]);
  const refused = server.api(`/recordings/default/live/match/${recordings[0]!.id}`, { method: 'DELETE' });
  await expect(refused).rejects.toThrow(/409|RECORDING_IS_ASSET/);
  await server.api(`/assets/${asset.id}/purge`, { method: 'POST' });
  await until('it is gone', async () => (await assetsOf('match')).length === 0);
  for (const file of files) expect(existsSync(fileOf(file)), file.object).toBe(false);
  expect((await server.api<{ recordings: unknown[] }>('/recordings?stream=match')).recordings).toEqual([]);
});

it('composes all files of a stream that is over into one asset', async () => {
  await push('show', 'first');
  await until('the first part is there', async () => (await assetsOf('show')).length === 1);
  await push('show', 'second');
  const asset = await ready('show');
  expect(await assetsOf('show')).toHaveLength(1);
  expect(asset).toMatchObject({ publication: 'review', uploadedBy: 'live' });
  const told = await until('what became of it is told', async () => {
    const types = toldOf(asset.id).map(({ EventType }) => EventType);
    return types.includes('AddLiveRecordVideoComplete') && types;
  });
  expect(told.slice(0, 2)).toEqual(['LiveRecordVideoComposeStart', 'AddLiveRecordVideoComplete']);
  expect(asset.chapters?.map(({ title }) => title)).toEqual(['first', 'second']);
  const { files } = await server.api<{ files: File[] }>(`/assets/${asset.id}/files`);
  const [original, ...parts] = ['original', 'part', 'part'].map(
    (role, index) => files.filter((file) => file.role === role)[Math.max(0, index - 1)]!,
  );
  const lengths = await Promise.all(parts.map((part) => seconds(fileOf(part))));
  expect(lengths).toHaveLength(2);
  // It was processed, too, as far as its group goes.
  expect(files.some(({ role }) => role === 'cover')).toBe(true);
  const whole = await seconds(fileOf(original!));
  expect(whole).toBeCloseTo(lengths[0]! + lengths[1]!, 0);
  expect(asset.chapters![1]!.atSeconds).toBeGreaterThan(lengths[0]! - 0.5);
});
