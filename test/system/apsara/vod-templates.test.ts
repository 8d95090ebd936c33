import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
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

/** What is registered once already is the asset it was. */
async function register(group: string, name: string): Promise<string> {
  await copyFile(join(home.path, 'shelf/film.mp4'), join(home.path, 'shelf', name));
  const RegisterMetadatas = json([{ FileURL: `shelf/${name}`, Title: 'Blue' }]);
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
  const id = await register(group, 'first.mp4');
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
  expect(json(files)).not.toMatch(/hexKey|sealedKey/);
  // The key is for those who came in: not for who only knows where it is.
  const { url } = await fetch(String(of('HD').PlayURL));
  const bare = `${server.playback}/vod/${id}/${files.find(({ definition }) => definition === 'HD')?.id}`;
  expect((await fetch(`${bare}/hd/segments.key`)).status).toBe(403);
  const keyOf = async () => Buffer.from(await (await fetch(new URL('hd/segments.key', url))).arrayBuffer());
  const key = await keyOf();
  expect(key).toHaveLength(16);
  await until('it is sealed', () =>
    server.log().some(({ message, of }) => of === 'assets' && String(message).startsWith('keys of media sealed')),
  );
  expect(await keyOf()).toEqual(key);

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

it('tells of transcodings and their outputs, and deletes renditions and originals', async () => {
  const Video = { Crf: '30', Preset: 'ultrafast', Gop: '2s', Width: '320' };
  const captions = { Type: 'SubtitlePackage', PackageSetting: { PackageType: 'HLSPackage' } };
  const group = await addGroup([
    { Definition: 'LD', Container: { Format: 'm3u8' }, Video, EncryptSetting: { EncryptType: 'HLSEncryption' } },
    { Definition: 'SD', Container: { Format: 'mp4' }, Video },
    { ...captions, SubtitleList: [{ SubtitleUrl: 'shelf/words.vtt', Language: 'en' }] },
  ]);
  const { VideoId: id } = (await pop('CreateUploadVideo', {
    ...{ Title: 'Second', FileName: 'a.mp4', TemplateGroupId: 'VOD_NO_TRANSCODE' },
  })) as Answer & { VideoId: string };
  expect(await codeOf(pop('SubmitTranscodeJobs', { VideoId: id, TemplateGroupId: group }))).toBe(
    'Forbidden.IllegalStatus',
  );
  const second = await register(group, 'second.mp4');
  await normal(second);
  const keys = await pop('GenerateKMSDataKey');
  expect(await openApi('DecryptKMSDataKey', { CipherText: keys.CiphertextBlob })).toMatchObject({
    Plaintext: keys.Plaintext,
  });
  expect(await codeOf(openApi('DecryptKMSDataKey', { CipherText: 'nothing' }))).toBe('InvalidParameter.CipherText');
  const DecryptKeyUri = 'https://keys.example.com/decrypt?Ciphertext=a';
  expect(await codeOf(pop('SubmitTranscodeJobs', { VideoId: second, TemplateGroupId: 'nobody' }))).toBe(
    'InvalidTranscodeTemplateGroup.NotFound',
  );
  const { TranscodeTaskId } = await openApi('SubmitTranscodeJobs', {
    ...{ VideoId: second, TemplateGroupId: group, Priority: '8', UserData: '{"Extend":{"a":1}}' },
    EncryptConfig: json({ CipherText: keys.CiphertextBlob, DecryptKeyUri, KeyServiceType: 'KMS' }),
  });
  const task = (await until(
    'the transcoding is over',
    async () => {
      const { TranscodeTask } = (await pop('GetTranscodeTask', { TranscodeTaskId })) as Answer & { TranscodeTask: Row };
      return TranscodeTask.TaskStatus === 'Processing' ? undefined : TranscodeTask;
    },
    120_000,
  )) as Row & { TranscodeJobInfoList: (Row & { OutputFile: Row })[] };
  expect(task).toMatchObject({
    ...{ TaskStatus: 'CompleteAllSucc', Trigger: 'Manual', VideoId: second, TranscodeTemplateGroupId: group },
    TranscodeJobInfoList: [
      {
        ...{ Definition: 'LD', Priority: '8', TranscodeJobStatus: 'TranscodeSuccess', TranscodeProgress: 100 },
        OutputFile: { Format: 'm3u8', Width: '320', Encryption: '{"EncryptType":"HLSEncryption"}' },
      },
      { Definition: 'SD', OutputFile: { Format: 'mp4' } },
    ],
  });
  const list = await readFile(join(home.path, 'shelf/vod', second, 'ld.m3u8'), 'utf8');
  expect(list).toContain(`URI="${DecryptKeyUri}"`);
  const [, mp4] = task.TranscodeJobInfoList;
  expect(await openApi('GetTranscodeTask', { JobIds: `${mp4?.TranscodeJobId},x` })).toMatchObject({
    TranscodeJobInfoList: [{ Definition: 'SD' }],
    NonExistJobIds: ['x'],
  });
  const tasks = (await openApi('ListTranscodeTask', { VideoId: second })).TranscodeTaskList as Row[];
  expect(tasks.map(({ TranscodeTaskId: task, Trigger }) => [task, Trigger])[0]).toEqual([TranscodeTaskId, 'Manual']);
  expect(await pop('GetTranscodeSummary', { VideoIds: `${second},none` })).toMatchObject({
    TranscodeSummaryList: [
      { TranscodeStatus: 'CompleteAllSucc', TranscodeJobInfoSummaryList: [{}, { Format: 'mp4' }] },
    ],
    NonExistVideoIds: ['none'],
  });
  expect(await pop('ListJobInfo', { MediaId: second, JobType: 'transcode' })).toMatchObject({
    JobInfoList: tasks.map(({ TranscodeTaskId: JobId }) => ({ JobId, Status: 'Success' })),
  });
  const played = await playInfo(second, { Definition: 'SD' });
  expect(played[0]?.JobId).toBe(mp4?.TranscodeJobId);
  const info = await server.api<{ captions: Row[] }>(`/assets/${second}/play-info`);
  expect(info.captions).toMatchObject([{ language: 'en' }]);

  const [encrypted] = task.TranscodeJobInfoList;
  await openApi('DeleteStream', { VideoId: second, JobIds: encrypted?.TranscodeJobId });
  const left = await readdir(join(home.path, 'shelf/vod', second));
  expect(left).toContain('sd.mp4');
  for (const name of ['ld.m3u8', 'ld', 'auto.m3u8']) expect(left).not.toContain(name);
  expect((await playInfo(second)).map(({ Definition }) => Definition)).toEqual(['SD']);
  expect((await pop('GetMezzanineInfo', { VideoId: second })).Mezzanine).toMatchObject({
    VideoStreamList: [{ CodecName: 'h264', Width: '640' }],
    AudioStreamList: [{ CodecName: 'aac', SampleRate: '44100' }],
  });
});

it('takes pictures by templates and by what is asked for, and lists and deletes them', async () => {
  const id = await register('VOD_NO_TRANSCODE', 'third.mp4');
  await normal(id);
  const TemplateConfig = json({
    ...{ SnapshotType: 'SpriteSnapshot', SnapshotConfig: { Count: 4, Interval: 1, SpecifiedOffsetTime: 500 } },
    SpriteSnapshotConfig: { CellWidth: 64, CellHeight: 36, Columns: 2, Lines: 2 },
  });
  const asked = { Name: 'sheets', TemplateType: 'Snapshot', TemplateConfig: '{}' };
  const { VodTemplateId } = await pop('AddVodTemplate', asked);
  await openApi('UpdateVodTemplate', { VodTemplateId, Name: 'four', TemplateConfig });
  const stored = { VodTemplateId, Name: 'four', TemplateType: 'Snapshot', TemplateConfig };
  expect((await pop('GetVodTemplate', { VodTemplateId })).VodTemplateInfo).toMatchObject(stored);
  expect((await openApi('ListVodTemplate', { TemplateType: 'Snapshot' })).VodTemplateInfoList).toMatchObject([stored]);
  const { SnapshotJob } = await pop('SubmitSnapshotJob', { VideoId: id, SnapshotTemplateId: VodTemplateId });
  const snapshotsOf = async (SnapshotType: string) =>
    (await openApi('ListSnapshots', { VideoId: id, SnapshotType })).MediaSnapshot as Row & {
      Snapshots: { Snapshot: Row[] };
    };
  const { JobId } = SnapshotJob as Row;
  const sheets = await until('the sheet is made', async () => {
    const found = await snapshotsOf('SpriteSnapshot');
    return found.JobId === JobId ? found : undefined;
  });
  expect(sheets.Total).toBe(1);
  const taken = await snapshotsOf('NormalSnapshot');
  expect(taken).toMatchObject({ JobId, Total: 4, Snapshots: { Snapshot: [{ Index: 1 }, {}, {}, { Index: 4 }] } });
  expect(pixel(String(taken.Snapshots.Snapshot[0]?.Url), 10, 10)[2]).toBeGreaterThan(200);
  expect((await snapshotsOf('CoverSnapshot')).Total).toBe(1);
  const own = (await openApi('SubmitSnapshotJob', { VideoId: id, SpecifiedOffsetTimes: [100, 2000], Width: '160' }))
    .SnapshotJob as Row;
  const two = await until('two pictures are taken', async () => {
    const found = await snapshotsOf('NormalSnapshot');
    return found.JobId === own.JobId && found.Total === 2 ? found : undefined;
  });
  expect(two.Total).toBe(2);
  expect(await pop('ListJobInfo', { MediaId: id, JobType: 'snapshot' })).toMatchObject({
    JobInfoList: [{ JobId: own.JobId }, { JobId }],
  });
  await pop('DeleteImage', { DeleteImageType: 'VideoId', VideoId: id, ImageType: 'NormalSnapshot' });
  expect((await snapshotsOf('NormalSnapshot')).Total).toBe(0);

  const moving = json({
    Container: { Format: 'gif' },
    Video: { Fps: '5', Width: '120' },
    Clip: { TimeSpan: { Duration: '1' } },
  });
  const added = await pop('AddVodTemplate', { Name: 'moving', TemplateType: 'DynamicImage', TemplateConfig: moving });
  const DynamicImageTemplateId = added.VodTemplateId;
  const { DynamicImageJob } = await openApi('SubmitDynamicImageJob', { VideoId: id, DynamicImageTemplateId });
  const [image] = await until('it moves', async () => {
    const list = (await pop('ListDynamicImage', { VideoId: id })).DynamicImageList as Row[];
    return list.length > 0 ? list : undefined;
  });
  expect(image).toMatchObject({ ...(DynamicImageJob as Row), VideoId: id, Format: 'gif', Width: '120' });
  expect((await fetch(String(image?.FileURL))).headers.get('content-type')).toBe('image/gif');
  await openApi('DeleteDynamicImage', { VideoId: id, DynamicImageIds: image?.DynamicImageId });
  expect((await pop('ListDynamicImage', { VideoId: id })).DynamicImageList).toEqual([]);
  await pop('DeleteVodTemplate', { VodTemplateId });
  expect(await codeOf(openApi('GetVodTemplate', { VodTemplateId }))).toBe('NoSuchResource');
  expect(await codeOf(openApi('SubmitSnapshotJob', { VideoId: id, SnapshotTemplateId: VodTemplateId }))).toBe(
    'NoSuchResource',
  );

  await pop('CreateAudit', { AuditContent: json([{ VideoId: id, Status: 'Blocked', Reason: 'blue' }]) });
  expect((await pop('GetVideoInfo', { VideoId: id })).Video).toMatchObject({ Status: 'Blocked' });
  expect(await openApi('GetAuditHistory', { VideoId: id })).toMatchObject({
    ...{ Status: 'Blocked', Total: 1, Histories: [{ Auditor: 'admin', Comment: 'blue' }] },
  });
  await openApi('CreateAudit', { AuditContent: json([{ VideoId: id, Status: 'Normal' }]) });
  const UpdateContent = json([{ VideoId: id, Title: 'Changed', Tags: 'a,b' }, { VideoId: 'none' }]);
  expect((await pop('UpdateVideoInfos', { UpdateContent })).NonExistVideoIds).toEqual(['none']);
  expect((await pop('GetVideoInfos', { VideoIds: id, ReferenceIds: 'nobody' })).VideoList).toMatchObject([
    { Status: 'Normal', Title: 'Changed', Tags: 'a,b' },
  ]);
  expect(await openApi('DeleteMezzanines', { VideoIds: `${id},none` })).toMatchObject({
    ...{ UnRemoveableVideoIds: [id], NonExistVideoIds: ['none'] },
  });
  expect((await openApi('DeleteMezzanines', { VideoIds: id, Force: true })).UnRemoveableVideoIds).toEqual([]);
  expect(await readdir(join(home.path, 'shelf'))).not.toContain('third.mp4');
});

it('keeps pictures and files that go along with others', async () => {
  const put = async (kind: 'image' | 'attached', object: string) => {
    const body = JSON.stringify({ kind, storage: 'shelf', object, title: object });
    const asked = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
    return (await server.api<{ id: string }>('/assets', asked)).id;
  };
  const [ImageId, MediaId] = [await put('image', 'logo.png'), await put('attached', 'words.vtt')];
  await until('the picture is looked at', async () => {
    const { ImageInfo } = (await pop('GetImageInfo', { ImageId })) as Answer & { ImageInfo: Row };
    return ImageInfo.Status === 'Normal' ? ImageInfo : undefined;
  });
  await pop('UpdateImageInfos', { UpdateContent: json([{ ImageId, Title: 'Logo' }]) });
  const { ImageInfo } = (await openApi('GetImageInfos', { ImageIds: `${ImageId},${MediaId}` })) as Answer & {
    ImageInfo: Row[];
  };
  expect(ImageInfo).toMatchObject([{ ImageId, Title: 'Logo', Mezzanine: { Width: 64, Height: 64 } }]);
  expect((await fetch(String(ImageInfo[0]?.URL))).headers.get('content-type')).toBe('image/png');
  await openApi('UpdateAttachedMediaInfos', { UpdateContent: json([{ MediaId, Title: 'Words' }, { MediaId: 'no' }]) });
  const attached = await pop('GetAttachedMediaInfo', { MediaIds: MediaId });
  expect(attached.AttachedMediaList).toMatchObject([{ MediaId, Title: 'Words', Type: 'vtt', Status: 'Normal' }]);
  expect(await (await fetch(String((attached.AttachedMediaList as Row[])[0]?.URL))).text()).toContain('hello');
  await pop('DeleteAttachedMedia', { MediaIds: MediaId });
  await pop('DeleteImage', { DeleteImageType: 'ImageId', ImageIds: ImageId });
  expect(await codeOf(pop('GetImageInfo', { ImageId }))).toBe('NoSuchResource');
  expect((await pop('GetAttachedMediaInfo', { MediaIds: MediaId })).NonExistMediaIds).toEqual([MediaId]);

  const { VideoId } = await pop('CreateUploadVideo', { Title: 'Half', FileName: 'half.mp4', FileSize: 1000 });
  const details = async () => openApi('GetUploadDetails', { MediaIds: `${VideoId},none` });
  expect(await details()).toMatchObject({
    UploadDetails: [{ MediaId: VideoId, Title: 'Half', UploadStatus: 'Uploading', FileSize: 1000, UploadRatio: 0 }],
    NonExistMediaIds: ['none'],
  });
  await pop('DeleteMultipartUpload', { MediaId: VideoId, MediaType: 'video' });
  expect(await details()).toMatchObject({ UploadDetails: [{ UploadStatus: 'Fail' }] });
  expect(await codeOf(pop('DeleteMultipartUpload', { MediaId: 'none', MediaType: 'video' }))).toBe('NoSuchResource');
  expect(await pop('CancelUrlUploadJobs', { JobIds: 'none' })).toMatchObject({ CanceledJobs: [], NonExists: ['none'] });
});
