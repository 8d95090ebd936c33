import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import {
  type Answer,
  type ApsaraClient,
  codeOf,
  newKey,
  openApiClient,
  popClient,
} from '../../support/apsara-clients.ts';
import { openBrowser, openPage } from '../../support/browser.ts';
import { type Headwater, startHeadwater, tempDir, until } from '../../support/index.ts';

type Row = Record<string, unknown>;

let home: Awaited<ReturnType<typeof tempDir>>;
let server: Headwater;
let pop: ApsaraClient;
let openApi: ApsaraClient;

/** A storage with a blue film, a red image and a text track. */
beforeAll(async () => {
  home = await tempDir('vod-templates');
  const shelf = join(home.path, 'shelf');
  await mkdir(shelf);
  const lavfi = (source: string, ...args: string[]) =>
    execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', source, ...args]);
  lavfi(
    'color=blue:s=640x360:r=25',
    ...['-f', 'lavfi', '-i', 'sine=440', '-t', '6', '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '50'],
    ...['-pix_fmt', 'yuv420p', '-c:a', 'aac', join(shelf, 'film.mp4')],
  );
  lavfi('color=red:s=64x64', '-frames:v', '1', join(shelf, 'logo.png'));
  await writeFile(join(shelf, 'words.vtt'), 'WEBVTT\n\n00:00.000 --> 00:06.000\nhello\n');
  const config = join(home.path, 'config.yml');
  await writeFile(config, stringify({ storages: [{ name: 'shelf', kind: 'folder', folder: shelf }] }));
  server = await startHeadwater({ env: { HEADWATER_CONFIG: config } });
  const key = await newKey(server);
  pop = popClient(server, key, 'POST', 'vod');
  openApi = openApiClient(server, key, 'vod');
});

afterAll(async () => {
  await server?.stop();
  await home?.remove();
});

const json = JSON.stringify;

async function addGroup(list: readonly object[]): Promise<string> {
  const added = await pop('AddTranscodeTemplateGroup', { Name: 'group', TranscodeTemplateList: json(list) });
  return String(added.TranscodeTemplateGroupId);
}

async function register(group: string): Promise<string> {
  const RegisterMetadatas = json([{ FileURL: 'shelf/film.mp4', Title: 'Blue' }]);
  const answer = await openApi('RegisterMedia', { RegisterMetadatas, TemplateGroupId: group });
  return String((answer.RegisteredMediaList as Row[])[0]?.MediaId);
}

const normal = (id: string) =>
  until(
    'the video is processed',
    async () => {
      const { Video } = (await pop('GetVideoInfo', { VideoId: id })) as Answer & { Video: Row };
      if (/Fail/.test(String(Video.Status))) throw new Error(json(await server.api(`/assets/${id}`)));
      return Video.Status === 'Normal' ? Video : undefined;
    },
    120_000,
  );

async function playInfo(id: string, more: object = {}): Promise<Row[]> {
  const { PlayInfoList } = (await pop('GetPlayInfo', { VideoId: id, ...more })) as Answer & {
    PlayInfoList: { PlayInfo: Row[] };
  };
  return PlayInfoList.PlayInfo;
}

/** Red, green and blue of a place in the first picture. */
function pixel(url: string, x: number, y: number): number[] {
  const args = ['-v', 'error', '-i', url, '-vf', `crop=2:2:${x}:${y}`, '-frames:v', '1', '-pix_fmt', 'rgb24'];
  return [...execFileSync('ffmpeg', [...args, '-f', 'rawvideo', '-']).subarray(0, 3)];
}

it('draws watermarks, encrypts, and plays what it has encrypted in a browser', async () => {
  const config = json({ Width: '64', Height: '64', Dx: '10', Dy: '10', ReferPos: 'TopRight', Type: 'Image' });
  const { WatermarkInfo } = (await pop('AddWatermark', {
    ...{ Name: 'logo', Type: 'Image', FileUrl: 'shelf/logo.png', WatermarkConfig: config },
  })) as Answer & { WatermarkInfo: Row };
  const WatermarkId = String(WatermarkInfo.WatermarkId);
  expect((await openApi('GetWatermark', { WatermarkId })).WatermarkInfo).toMatchObject({
    ...{ Name: 'logo', Type: 'Image', FileUrl: 'shelf/logo.png', WatermarkConfig: config, IsDefault: 'NotDefault' },
  });
  const moved = config.replace('"Dx":"10"', '"Dx":"20"');
  await openApi('UpdateWatermark', { WatermarkId, Name: 'moved', WatermarkConfig: moved });
  await pop('SetDefaultWatermark', { WatermarkId });
  expect((await pop('ListWatermark')).WatermarkInfos).toMatchObject([
    { Name: 'moved', IsDefault: 'Default', WatermarkConfig: moved },
  ]);

  const Video = { Crf: '30', Preset: 'ultrafast', Gop: '2s' };
  const group = await addGroup([
    { Definition: 'LD', Container: { Format: 'mp4' }, Video, WatermarkIds: [WatermarkId] },
    { Definition: 'SD', Container: { Format: 'mp4' }, Video, WatermarkIds: ['USER_DEFAULT_WATERMARK'] },
    { Definition: 'FD', Container: { Format: 'mp4' }, Video },
    {
      ...{ Definition: 'HD', Container: { Format: 'm3u8' }, Video },
      ...{ EncryptSetting: { EncryptType: 'Private' }, MuxConfig: { Segment: { Duration: '2' } } },
    },
  ]);
  const id = await register(group);
  await normal(id);
  const infos = await playInfo(id);
  const of = (definition: string) => infos.find(({ Definition }) => Definition === definition) as Row;
  const isRed = (definition: string) => {
    const [red = 0, , blue = 0] = pixel(String(of(definition).PlayURL), 580, 40);
    return red > 200 && blue < 60;
  };
  expect({ LD: isRed('LD'), SD: isRed('SD'), FD: isRed('FD') }).toEqual({ LD: true, SD: true, FD: false });
  expect(pixel(String(of('LD').PlayURL), 60, 40)[2]).toBeGreaterThan(200);

  expect(of('HD')).toMatchObject({ Format: 'm3u8', Encrypt: 1, EncryptType: 'HLSEncryption' });
  expect(of('LD').Encrypt).toBe(0);
  const folder = join(home.path, 'shelf/vod', id);
  const names = await readdir(join(folder, 'hd'));
  expect(names.filter((name) => name.endsWith('.key'))).toEqual([]);
  const segment = await readFile(join(folder, 'hd', String(names[0])));
  expect([segment[0], segment[188]]).not.toEqual([0x47, 0x47]);
  expect(await readFile(join(folder, 'hd.m3u8'), 'utf8')).toContain('URI="hd/segments.key"');
  const { files } = await server.api<{ files: Row[] }>(`/assets/${id}/files`);
  expect(json(files)).not.toContain('hexKey');
  // The key is for those who came in: not for who only knows where it is.
  const { url } = await fetch(String(of('HD').PlayURL));
  const bare = `${server.playback}/vod/${id}/${files.find(({ definition }) => definition === 'HD')?.id}`;
  expect((await fetch(`${bare}/hd/segments.key`)).status).toBe(403);
  const key = await fetch(new URL('hd/segments.key', url));
  expect([key.status, (await key.arrayBuffer()).byteLength]).toEqual([200, 16]);

  const { PlayAuth } = await openApi('GetVideoPlayAuth', { VideoId: id });
  const browser = await openBrowser();
  try {
    const page = `${server.playback}/vod/${id}?play_auth=${encodeURIComponent(String(PlayAuth))}&muted=1`;
    const opened = await openPage(browser, page);
    await until(
      'it plays',
      () => opened.page.evaluate("document.querySelector('video')?.currentTime > 1") as Promise<boolean>,
    );
    const fetched = "performance.getEntriesByType('resource').map(({ name }) => name).join(' ')";
    expect(await opened.page.evaluate(fetched)).toContain('/hd/segments.key');
    await opened.close();
  } finally {
    await browser.close();
  }
  await pop('DeleteWatermark', { WatermarkId });
  expect(await codeOf(pop('GetWatermark', { WatermarkId }))).toBe('NoSuchResource');
});
