import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
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
import { type Headwater, startHeadwater, tempDir, until } from '../../support/index.ts';

type Row = Record<string, unknown>;

let home: Awaited<ReturnType<typeof tempDir>>;
let server: Headwater;
let key: Awaited<ReturnType<typeof newKey>>;
let pop: ApsaraClient;
let openApi: ApsaraClient;

beforeAll(async () => {
  home = await tempDir('media-workflows');
  for (const name of ['source/in', 'dest']) await mkdir(join(home.path, name), { recursive: true });
  execFileSync('ffmpeg', [
    ...['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=s=320x180:r=25', '-f', 'lavfi', '-i', 'sine=440', '-t', '3'],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac'],
    join(home.path, 'source/film.mp4'),
  ]);
  const config = join(home.path, 'config.yml');
  const storages = ['source', 'dest'].map((name) => ({ name, kind: 'folder', folder: join(home.path, name) }));
  await writeFile(config, stringify({ storages }));
  server = await startHeadwater({ env: { HEADWATER_CONFIG: config } });
  key = await newKey(server);
  pop = popClient(server, key, 'POST', 'mts');
  openApi = openApiClient(server, key, 'mts');
});

afterAll(async () => {
  await server?.stop();
  await home?.remove();
});

const json = JSON.stringify;

/** A start, two outputs, a picture, and the report that publishes. */
function topologyOf(OutputBucket: string, PublishType = 'Auto'): string {
  const outputs = [
    { OutputObject: '{ObjectPrefix}{FileName}-{RunId}.flv', TemplateId: 'S00000001-000010' },
    { OutputObject: '{ObjectPrefix}{FileName}-{RunId}', TemplateId: 'S00000001-100010' },
  ];
  const OutputFile = { Bucket: OutputBucket, Location: 'oss-cn-hangzhou', Object: '{ObjectPrefix}{FileName}.jpg' };
  return json({
    Activities: {
      Start: {
        ...{ Name: 'Start', Type: 'Start' },
        Parameters: { PipelineId: 'default', InputFile: { Bucket: 'source', ObjectPrefix: 'in/' } },
      },
      Encode: { Name: 'Encode', Type: 'Transcode', Parameters: { OutputBucket, Outputs: json(outputs) } },
      Look: { Name: 'Look', Type: 'Snapshot', Parameters: { SnapshotConfig: json({ OutputFile, Time: '500' }) } },
      Report: { Name: 'Report', Type: 'Report', Parameters: { PublishType } },
    },
    Dependencies: { Start: ['Encode', 'Look'], Encode: ['Report'], Look: ['Report'], Report: [] },
  });
}

async function mediaOf(MediaIds: string, more: object = {}): Promise<Row> {
  const { MediaList } = (await pop('QueryMediaList', { MediaIds, ...more })) as Answer & {
    MediaList: { Media: Row[] };
  };
  return MediaList.Media[0] as Row;
}

async function executionOf(RunIds: string): Promise<Row> {
  const { MediaWorkflowExecutionList } = (await openApi('QueryMediaWorkflowExecutionList', { RunIds })) as Answer & {
    MediaWorkflowExecutionList: { MediaWorkflowExecution: Row[] };
  };
  return MediaWorkflowExecutionList.MediaWorkflowExecution[0] as Row;
}

it('keeps media: added, described, found, published, deleted', async () => {
  const FileURL = 'http://source.oss-cn-hangzhou.aliyuncs.com/film.mp4';
  const asked = { FileURL, Title: 'Film', Tags: 'a,b', Description: 'Of the lab' };
  const { Media } = (await pop('AddMedia', asked)) as Answer & { Media: Row };
  const MediaId = String(Media.MediaId);
  expect(Media).toMatchObject({ Title: 'Film', Tags: { Tag: ['a', 'b'] }, File: { URL: 'http://source/film.mp4' } });
  await until('it is looked into', async () => (await mediaOf(MediaId)).Width);
  await openApi('AddMediaTag', { MediaId, Tag: 'c' });
  await openApi('DeleteMediaTag', { MediaId, Tag: 'a' });
  await openApi('UpdateMediaPublishState', { MediaId, Publish: false });
  await openApi('UpdateMediaCover', { MediaId, CoverURL: 'https://example.com/a.jpg' });
  await openApi('UpdateMediaCategory', { MediaId, CateId: -1 });
  expect(await mediaOf(MediaId, { IncludeMediaInfo: true, IncludeSnapshotList: true })).toMatchObject({
    ...{ Tags: { Tag: ['b', 'c'] }, PublishState: 'Initiated', CoverURL: 'https://example.com/a.jpg', Width: '320' },
    ...{ MediaInfo: { Streams: { VideoStreamList: { VideoStream: [{ CodecName: 'h264' }] } } }, Format: 'mp4' },
  });
  const { Media: updated } = await pop('UpdateMedia', { MediaId, Title: 'Renamed' });
  expect(updated).toMatchObject({ Title: 'Renamed', Description: '', Tags: { Tag: [] } });
  const FileURLs = `${FileURL},http://source.oss-cn-hangzhou.aliyuncs.com/nothing.mp4`;
  expect(await openApi('QueryMediaListByURL', { FileURLs })).toMatchObject({
    MediaList: { Media: [{ MediaId, Title: 'Renamed' }] },
    NonExistFileURLs: { FileURL: ['http://source.oss-cn-hangzhou.aliyuncs.com/nothing.mp4'] },
  });
  const nothing = FileURL.replace('film', 'nothing');
  expect(await codeOf(pop('AddMedia', { FileURL: nothing }))).toBe('InputFileNotFound');
  await pop('DeleteMedia', { MediaIds: MediaId });
  expect((await pop('QueryMediaList', { MediaIds: MediaId })).NonExistMediaIds).toEqual({ MediaId: [MediaId] });
  expect(await codeOf(openApi('AddMediaTag', { MediaId, Tag: 'x' }))).toBe('MediaNotFound');
});

it('runs media workflows for what is added and for what comes into a bucket, and reports what was made', async () => {
  const require = createRequire(import.meta.url);
  const { default: Mts, AddMediaWorkflowRequest } = require('@alicloud/mts20140618');
  const { $OpenApiUtil } = require('@alicloud/openapi-core');
  const { id: accessKeyId, secret: accessKeySecret } = key;
  const endpoint = `127.0.0.1:${server.controlPort}`;
  const client = new Mts(new $OpenApiUtil.Config({ accessKeyId, accessKeySecret, endpoint, protocol: 'HTTP' }));
  const first = topologyOf('dest', 'Manual');
  const { body } = await client.addMediaWorkflow(
    new AddMediaWorkflowRequest({ name: 'lab', topology: first, triggerMode: 'NotInAuto' }),
  );
  const { mediaWorkflowId: MediaWorkflowId } = body.mediaWorkflow;
  expect(body.mediaWorkflow).toMatchObject({ name: 'lab', state: 'Active', topology: first, triggerMode: 'NotInAuto' });
  expect(await pop('QueryMediaWorkflowList', { MediaWorkflowIds: `${MediaWorkflowId},x` })).toMatchObject({
    MediaWorkflowList: { MediaWorkflow: [{ MediaWorkflowId, Topology: first }] },
    NonExistMediaWorkflowIds: { MediaWorkflowId: ['x'] },
  });

  await copyFile(join(home.path, 'source/film.mp4'), join(home.path, 'source/in/by hand.mp4'));
  const FileURL = 'http://source.oss-cn-hangzhou.aliyuncs.com/in/by%20hand.mp4';
  const added = await pop('AddMedia', { FileURL, MediaWorkflowId, MediaWorkflowUserData: 'mine' });
  const { MediaId, RunIdList } = added.Media as { MediaId: string; RunIdList: { RunId: string[] } };
  const run = await until('the run is over', async () => {
    const execution = await executionOf(String(RunIdList.RunId[0]));
    return execution.State === 'Completed' ? execution : undefined;
  });
  expect(run).toMatchObject({
    ...{ MediaWorkflowId, Name: 'lab', MediaId, Input: { InputFile: { Bucket: 'source', Object: 'in/by hand.mp4' } } },
    ActivityList: {
      Activity: ['Start', 'Encode', 'Look', 'Report'].map((Name) => ({ Name, State: 'Success' })),
    },
  });
  const made = await mediaOf(MediaId, { IncludePlayList: true, IncludeSnapshotList: true });
  expect(made).toMatchObject({
    ...{ PublishState: 'Initiated', RunIdList: RunIdList },
    PlayList: { Play: [{ Format: 'flv' }, { Format: 'm3u8' }] },
  });
  const pictures = (made.SnapshotList as { Snapshot: { File: Row }[] }).Snapshot.map(({ File }) => File.URL);
  expect(pictures).toContain('http://dest/in/by%20hand.jpg');

  // What it makes would set it off again.
  const loop = pop('AddMediaWorkflow', { Name: 'loop', Topology: topologyOf('source') });
  expect(await codeOf(loop)).toBe('InvalidParameter');
  await openApi('UpdateMediaWorkflow', { MediaWorkflowId, Name: 'renamed', Topology: topologyOf('dest') });
  await openApi('UpdateMediaWorkflowTriggerMode', { MediaWorkflowId, TriggerMode: 'OssAutoTrigger' });
  await pop('DeactivateMediaWorkflow', { MediaWorkflowId });
  const search = async (StateList: string) =>
    (await pop('SearchMediaWorkflow', { StateList })) as Answer & { TotalCount: number };
  expect((await search('Active')).TotalCount).toBe(0);
  expect(await search('Inactive')).toMatchObject({ MediaWorkflowList: { MediaWorkflow: [{ Name: 'renamed' }] } });
  expect(await codeOf(pop('AddMedia', { FileURL, MediaWorkflowId }))).toBe('OperationDenied');
  await pop('ActivateMediaWorkflow', { MediaWorkflowId });
  await copyFile(join(home.path, 'source/film.mp4'), join(home.path, 'source/in/by itself.mp4'));
  const itself = await until(
    'the new object set it off',
    async () => {
      const { MediaWorkflowExecutionList } = (await pop('ListMediaWorkflowExecutions', {
        ...{ MediaWorkflowId, InputFileURL: 'http://source.oss-cn-hangzhou.aliyuncs.com/in%2Fby%20itself.mp4' },
      })) as Answer & { MediaWorkflowExecutionList: { MediaWorkflowExecution: Row[] } };
      const [execution] = MediaWorkflowExecutionList.MediaWorkflowExecution;
      return execution?.State === 'Completed' ? execution : undefined;
    },
    60_000,
  );
  expect(await mediaOf(String(itself.MediaId), { IncludePlayList: true })).toMatchObject({
    ...{ Title: 'by itself.mp4', PublishState: 'Published', PlayList: { Play: [{ Format: 'flv' }, {}] } },
  });
  await pop('DeleteMediaWorkflow', { MediaWorkflowId });
  expect(await codeOf(pop('ActivateMediaWorkflow', { MediaWorkflowId }))).toBe('MediaWorkflowNotFound');
});
