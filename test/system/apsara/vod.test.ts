import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import OSS from 'ali-oss';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type Answer,
  type ApsaraClient,
  codeOf,
  newKey,
  openApiClient,
  popClient,
} from '../../support/apsara-clients.ts';
import { openBrowser, openPage } from '../../support/browser.ts';
import { type Headwater, publishTestPicture, startHeadwater, tempDir, until } from '../../support/index.ts';

type Row = Record<string, unknown>;

let home: Awaited<ReturnType<typeof tempDir>>;
let server: Headwater;
let key: Awaited<ReturnType<typeof newKey>>;
let pop: ApsaraClient;
let openApi: ApsaraClient;
let film: string;

beforeAll(async () => {
  home = await tempDir('vod-lab');
  film = join(home.path, 'film.mp4');
  execFileSync('ffmpeg', [
    ...['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=s=640x360:r=25', '-f', 'lavfi', '-i', 'sine=440', '-t', '6'],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '50', '-pix_fmt', 'yuv420p', '-c:a', 'aac', film],
  ]);
  // Rules of the API: those of a file could not be changed.
  server = await startHeadwater();
  key = await newKey(server);
  pop = popClient(server, key, 'POST', 'vod');
  openApi = openApiClient(server, key, 'vod');
});

afterAll(async () => {
  await server?.stop();
  await home?.remove();
});

const fromBase64 = (text: unknown) =>
  JSON.parse(Buffer.from(String(text), 'base64').toString()) as Record<string, string>;

/** Uploads the film with what the action gave, as the official upload clients do. */
async function upload({ UploadAddress, UploadAuth }: Answer): Promise<void> {
  const { Endpoint: endpoint = '', Bucket: bucket = '', FileName = '' } = fromBase64(UploadAddress);
  const { AccessKeyId = '', AccessKeySecret = '', SecurityToken = '' } = fromBase64(UploadAuth);
  const client = new OSS({
    endpoint,
    bucket,
    accessKeyId: AccessKeyId,
    accessKeySecret: AccessKeySecret,
    stsToken: SecurityToken,
  });
  await client.put(FileName, await readFile(film));
}

async function whenNormal(call: ApsaraClient, id: string): Promise<Row> {
  return until(
    'the video is processed',
    async () => {
      const { Video } = (await call('GetVideoInfo', { VideoId: id })) as Answer & { Video: Row };
      if (/Fail/.test(String(Video.Status))) throw new Error(JSON.stringify(Video));
      return Video.Status === 'Normal' ? Video : undefined;
    },
    120_000,
  );
}

it('uploads, processes, finds, plays in a browser and deletes', async () => {
  const { Category } = (await pop('AddCategory', { CateName: 'Talks' })) as Answer & { Category: Row };
  const created = await pop('CreateUploadVideo', {
    ...{ Title: 'The first talk', FileName: 'film.mp4', Tags: 'one,two', CateId: Category.CateId },
    ...{ Description: 'Of the lab', ReferenceId: 'lab-000001', UserData: '{"Extend":{"mine":1}}' },
  });
  const id = String(created.VideoId);
  expect((await pop('GetVideoInfo', { VideoId: id })).Video).toMatchObject({ Status: 'Uploading' });
  const refreshed = await pop('RefreshUploadVideo', { ReferenceId: 'lab-000001' });
  expect(refreshed.UploadAddress).toBe(created.UploadAddress);
  await upload(refreshed);
  const video = await whenNormal(pop, id);
  const { Snapshot } = video.Snapshots as { Snapshot: string[] };
  expect(Snapshot).toHaveLength(5);
  for (const url of [video.CoverURL, ...Snapshot]) expect((await fetch(String(url))).status).toBe(200);
  expect(video).toMatchObject({
    ...{ VideoId: id, Title: 'The first talk', Tags: 'one,two', CateName: 'Talks', ReferenceId: 'lab-000001' },
    ...{ UserData: '{"Extend":{"mine":1}}', Duration: expect.closeTo(6, 0) },
  });

  await openApi('UpdateVideoInfo', { ReferenceId: 'lab-000001', Title: 'The renamed talk', Tags: 'three' });
  const { VideoList } = (await openApi('GetVideoList', { CateId: Category.CateId, Status: 'Normal' })) as Answer & {
    VideoList: { Video: Row[] };
  };
  expect(VideoList.Video).toMatchObject([{ VideoId: id, Title: 'The renamed talk', Tags: 'three' }]);
  const match = "Title = 'renamed' and Duration = [1,60)";
  const found = (await openApi('SearchMedia', { SearchType: 'video', Match: match })) as Answer & { MediaList: Row[] };
  expect(found.MediaList).toMatchObject([{ MediaId: id, Video: { Title: 'The renamed talk' } }]);
  expect((await openApi('GetMezzanineInfo', { VideoId: id })).Mezzanine).toMatchObject({ VideoId: id });

  const { PlayInfoList, VideoBase } = (await openApi('GetPlayInfo', { VideoId: id, Formats: 'm3u8' })) as Answer & {
    PlayInfoList: { PlayInfo: Row[] };
  };
  expect(VideoBase).toMatchObject({ VideoId: id, Status: 'Normal' });
  expect(PlayInfoList.PlayInfo.length).toBeGreaterThanOrEqual(1);
  const url = String(PlayInfoList.PlayInfo[0]?.PlayURL);
  const frames = execFileSync('ffprobe', [
    '-v',
    'error',
    '-count_packets',
    '-select_streams',
    'v:0',
    '-show_entries',
    'stream=nb_read_packets',
    '-of',
    'csv=p=0',
    url,
  ]);
  expect(Number.parseInt(frames.toString(), 10)).toBe(150);

  for (const wanted of [{ CodecName: 'H.264' }, { Trace: 'x' }, { PlayConfig: '{"MtsHlsUriToken":"x"}' }]) {
    expect(await codeOf(pop('GetPlayInfo', { VideoId: id, ...wanted }))).toBe('InvalidParameter');
  }
  expect(await codeOf(pop('GetPlayInfo', { VideoId: id, StreamType: 'audio' }))).toBe('InvalidVideo.NoneStream');
  const away = { UserData: '{"MessageCallback":{"CallbackURL":"https://e.example/"}}' };
  expect(await codeOf(pop('UpdateVideoInfo', { VideoId: id, ...away }))).toBe('InvalidParameter');

  const { PlayAuth, VideoMeta } = await openApi('GetVideoPlayAuth', { VideoId: id });
  expect(VideoMeta).toMatchObject({ VideoId: id, Title: 'The renamed talk' });
  const browser = await openBrowser();
  try {
    const page = `${server.playback}/vod/${id}?play_auth=${encodeURIComponent(String(PlayAuth))}&muted=1`;
    const opened = await openPage(browser, page);
    await until(
      'it plays',
      () => opened.page.evaluate("document.querySelector('video')?.currentTime > 1") as Promise<boolean>,
    );
    await opened.close();
  } finally {
    await browser.close();
  }

  expect(await pop('DeleteVideo', { VideoIds: `${id},${'0'.repeat(32)}` })).toMatchObject({
    NonExistVideoIds: ['0'.repeat(32)],
  });
  expect(await codeOf(pop('GetVideoInfo', { VideoId: id }))).toBe('InvalidVideo.NotFound');
  expect(await codeOf(pop('GetPlayInfo', { VideoId: id }))).toBe('InvalidVideo.NotFound');
  expect((await pop('GetVideoInfos', { VideoIds: id })).NonExistVideoIds).toEqual([id]);
  expect((await fetch(url)).status).toBe(404);
});

it('makes of an upload what its group of templates says', async () => {
  const list = [
    {
      TemplateName: 'small',
      Definition: 'LD',
      Container: { Format: 'mp4' },
      Video: { Width: '160', Crf: '30', Preset: 'ultrafast' },
    },
  ];
  const added = await pop('AddTranscodeTemplateGroup', { Name: 'small', TranscodeTemplateList: JSON.stringify(list) });
  const TranscodeTemplateGroupId = String(added.TranscodeTemplateGroupId);
  const read = (await openApi('GetTranscodeTemplateGroup', { TranscodeTemplateGroupId })).TranscodeTemplateGroup as Row;
  expect(read).toMatchObject({ Name: 'small', IsDefault: 'NotDefault', TranscodeTemplateList: [{ Definition: 'LD' }] });
  const created = await openApi('CreateUploadVideo', {
    Title: 'Small',
    FileName: 'a.mp4',
    TemplateGroupId: TranscodeTemplateGroupId,
  });
  await upload(created);
  await whenNormal(openApi, String(created.VideoId));
  const { PlayInfoList } = (await pop('GetPlayInfo', { VideoId: created.VideoId, Definition: 'LD' })) as Answer & {
    PlayInfoList: { PlayInfo: Row[] };
  };
  expect(PlayInfoList.PlayInfo).toMatchObject([{ Format: 'mp4', Definition: 'LD', Width: 160, Height: 90 }]);
  await pop('SetDefaultTranscodeTemplateGroup', { TranscodeTemplateGroupId });
  await pop('DeleteTranscodeTemplateGroup', {
    TranscodeTemplateGroupId,
    TranscodeTemplateIds: 'x',
    ForceDelGroup: 'true',
  });
  expect((await pop('ListTranscodeTemplateGroup')).TranscodeTemplateGroupList).toEqual([]);
});

it('has what was recorded of a live stream', async () => {
  const live = popClient(server, key);
  await live('AddLiveRecordVodConfig', {
    ...{ DomainName: 'default', AppName: 'live', StreamName: 'talk', AutoCompose: 'OFF' },
    ...{ ComposeVodTranscodeGroupId: 'adaptive', VodTranscodeGroupId: 'VOD_NO_TRANSCODE', DelayTime: 15 },
  });
  expect(await live('DescribeLiveRecordVodConfigs', { DomainName: 'default' })).toMatchObject({
    LiveRecordVodConfigs: {
      LiveRecordVodConfig: [{ StreamName: 'talk', AutoCompose: 'OFF', VodTranscodeGroupId: 'VOD_NO_TRANSCODE' }],
    },
  });
  await (await publishTestPicture(server, 'live/talk', { seconds: 8 })).exited;
  const recorded = await until(
    'the recording is in the library',
    async () => {
      const { LiveRecordVideoList } = (await openApi('ListLiveRecordVideo', { StreamName: 'talk' })) as Answer & {
        LiveRecordVideoList: { LiveRecordVideo: (Row & { Video: Row })[] };
      };
      return LiveRecordVideoList.LiveRecordVideo.find(({ Video }) => Video.Status === 'Normal');
    },
    280_000,
  );
  expect(recorded).toMatchObject({ DomainName: 'default', AppName: 'live', StreamName: 'talk' });
  const { PlayInfoList } = (await openApi('GetPlayInfo', { VideoId: recorded.Video.VideoId })) as Answer & {
    PlayInfoList: { PlayInfo: Row[] };
  };
  expect(PlayInfoList.PlayInfo[0]).toMatchObject({ Format: 'mp4' });
  await live('DeleteLiveRecordVodConfig', { DomainName: 'default', AppName: 'live', StreamName: 'talk' });
  expect(await live('DescribeLiveRecordVodConfigs', { DomainName: 'default' })).toMatchObject({ Total: '0' });
});

it('keeps a tree of categories', async () => {
  const add = async (CateName: string, ParentId?: number) =>
    (await openApi('AddCategory', { CateName, ...(ParentId && { ParentId }) })).Category as {
      CateId: number;
      Level: number;
      ParentId: number;
    };
  const top = await add('Sport');
  const below = await add('Football', top.CateId);
  expect([top.Level, below.Level, below.ParentId]).toEqual([0, 1, top.CateId]);
  await openApi('UpdateCategory', { CateId: below.CateId, CateName: 'Tennis' });
  expect(await openApi('GetCategories', { CateId: top.CateId })).toMatchObject({
    SubTotal: 1,
    Category: { CateName: 'Sport' },
    SubCategories: { Category: [{ CateName: 'Tennis', SubTotal: 0 }] },
  });
  expect(await codeOf(openApi('DeleteCategory', { CateId: top.CateId }))).toBe('OperationDenied');
  await openApi('DeleteCategory', { CateId: below.CateId });
  await openApi('DeleteCategory', { CateId: top.CateId });
  expect(await codeOf(openApi('GetCategories', { CateId: top.CateId }))).toBe('InvalidCateId.NotFound');
});

it('makes uploads of other kinds, and registers what is there', async () => {
  const image = await pop('CreateUploadImage', { ImageType: 'default', ImageExt: 'png' });
  expect(image.ImageId).toMatch(/^[0-9a-f]{32}$/);
  const attached = await pop('CreateUploadAttachedMedia', { BusinessType: 'watermark', MediaExt: 'png' });
  expect(attached.MediaId).toMatch(/^[0-9a-f]{32}$/);
  const metadata = JSON.stringify([{ FileURL: 'recordings/nothing.mp4', Title: 'Nothing' }]);
  expect(await openApi('RegisterMedia', { RegisterMetadatas: metadata })).toMatchObject({
    RegisteredMediaList: [],
    FailedFileURLs: ['recordings/nothing.mp4'],
  });
  expect(await codeOf(openApi('UploadMediaByURL', { UploadURLs: 'file:///etc/passwd' }))).toBe('InvalidParameter');
});
