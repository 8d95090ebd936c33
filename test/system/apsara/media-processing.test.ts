import { execFileSync } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import {
  type Answer,
  type ApsaraClient,
  codeOf,
  newKey,
  openApiClient,
  popClient,
} from '../../support/apsara-clients.ts';
import { CallbackReceiver } from '../../support/callback-receiver.ts';
import { type Headwater, startHeadwater, tempDir, until } from '../../support/index.ts';

type Row = Record<string, unknown>;

let home: Awaited<ReturnType<typeof tempDir>>;
let receiver: CallbackReceiver;
let server: Headwater;
let key: Awaited<ReturnType<typeof newKey>>;
let clients: Record<'pop' | 'openapi', ApsaraClient>;

/** Two buckets: folders, one with a film of four seconds. */
beforeAll(async () => {
  home = await tempDir('mps');
  for (const name of ['source', 'dest']) await mkdir(join(home.path, name, 'in'), { recursive: true });
  execFileSync('ffmpeg', [
    ...['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=s=320x180:r=25', '-f', 'lavfi', '-i', 'sine=440', '-t', '4'],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-pix_fmt', 'yuv420p', '-c:a', 'aac'],
    join(home.path, 'source/in/a film.mp4'),
  ]);
  execFileSync('ffmpeg', [
    '-v',
    'error',
    '-f',
    'lavfi',
    '-i',
    'color=red:s=64x64',
    '-frames:v',
    '1',
    join(home.path, 'source/mark.png'),
  ]);
  const config = join(home.path, 'config.yml');
  const storages = ['source', 'dest'].map((name) => ({ name, kind: 'folder', folder: join(home.path, name) }));
  await writeFile(config, stringify({ storages }));
  receiver = await CallbackReceiver.start();
  const env = { HEADWATER_CONFIG: config, HEADWATER_WORKFLOWS_ALLOWED_HOSTS: '127.0.0.1' };
  server = await startHeadwater({ env });
  key = await newKey(server);
  clients = { pop: popClient(server, key, 'POST', 'mts'), openapi: openApiClient(server, key, 'mts') };
});

afterAll(async () => {
  await server?.stop();
  await receiver?.down();
  await home?.remove();
});

const INPUT = { Bucket: 'source', Location: 'oss-cn-hangzhou', Object: encodeURIComponent('in/a film.mp4') };

const probed = (file: string) =>
  JSON.parse(
    execFileSync('ffprobe', ['-v', 'error', '-of', 'json', '-show_streams', '-show_format', join(home.path, file)], {
      encoding: 'utf8',
    }),
  );

/** The job of this id once it is over. */
async function over(call: ApsaraClient, id: string): Promise<Row> {
  return until('the job is over', async () => {
    const { JobList } = (await call('QueryJobList', { JobIds: id })) as Answer & { JobList: { Job: Row[] } };
    const [job] = JobList.Job;
    return /Success|Fail|Cancelled/.test(String(job?.State)) ? job : undefined;
  });
}

const jobsOf = (answer: Answer) =>
  (answer.JobResultList as { JobResult: { Success: boolean; Code?: string; Message?: string; Job?: Row }[] }).JobResult;

describe.each(['pop', 'openapi'] as const)('the lab of Media Processing, by %s', (which) => {
  it('makes pipeline and template, transcodes with clip and watermark, and cleans up', async () => {
    const call = clients[which];
    const { Pipeline } = (await call('AddPipeline', { Name: `lab ${which}` })) as Answer & { Pipeline: Row };
    expect(Pipeline).toMatchObject({ Name: `lab ${which}`, State: 'Active' });
    const { Template } = (await call('AddTemplate', {
      Name: 'small',
      Container: '{"Format":"mp4"}',
      Video: '{"Codec":"H.264","Width":"160","Crf":"30","Preset":"ultrafast"}',
      Audio: '{"Codec":"AAC","Bitrate":"64"}',
      MuxConfig: '{}',
      TransConfig: '{"TransMode":"onepass"}',
    })) as Answer & { Template: Row };
    const { WaterMarkTemplate } = (await call('AddWaterMarkTemplate', {
      Name: 'corner',
      Config: '{"Width":"0.2","ReferPos":"TopLeft","Dx":"0","Dy":"0"}',
    })) as Answer & { WaterMarkTemplate: Row };

    const outputs = [
      {
        OutputObject: encodeURIComponent(`out-${which}/film.mp4`),
        TemplateId: Template.Id,
        Clip: { TimeSpan: { Seek: '1', Duration: '2' } },
        WaterMarks: [{ WaterMarkTemplateId: WaterMarkTemplate.Id, InputFile: { ...INPUT, Object: 'mark.png' } }],
        UserData: 'mine',
        Priority: '8',
      },
      { OutputObject: `out-${which}/list.m3u8`, TemplateId: 'S00000001-100010' },
      { OutputObject: `out-${which}/none.mp4`, TemplateId: 'nobody' },
      { OutputObject: `out-${which}/odd.mp4`, TemplateId: Template.Id, SuperReso: { IsHalfSample: 'true' } },
    ];
    const results = jobsOf(
      await call('SubmitJobs', {
        ...{ Input: JSON.stringify(INPUT), OutputBucket: 'dest', OutputLocation: 'oss-cn-hangzhou' },
        ...{ Outputs: JSON.stringify(outputs), PipelineId: Pipeline.Id },
      }),
    );
    expect(results.map(({ Success, Code }) => [Success, Code])).toEqual([
      [true, undefined],
      [true, undefined],
      [false, 'TemplateNotFound'],
      [false, 'InvalidParameter'],
    ]);
    expect(results[3]?.Message).toContain('SuperReso');
    const [film, list] = await Promise.all(results.slice(0, 2).map(({ Job }) => over(call, String(Job?.JobId))));
    expect(film).toMatchObject({
      ...{ State: 'TranscodeSuccess', Percent: 100, PipelineId: Pipeline.Id, Input: { Bucket: 'source' } },
      Output: {
        OutputFile: { Bucket: 'dest', Object: `out-${which}/film.mp4` },
        ...{ TemplateId: Template.Id, UserData: 'mine', Priority: '8', Properties: { Width: '160', Height: '90' } },
      },
    });
    const made = probed(`dest/out-${which}/film.mp4`);
    expect(made.streams.map((stream: Row) => stream.codec_name).toSorted()).toEqual(['aac', 'h264']);
    expect(Number(made.format.duration)).toBeCloseTo(2, 1);
    expect(corner(`dest/out-${which}/film.mp4`)).toEqual('red');
    expect(list?.State).toBe('TranscodeSuccess');
    expect(probed(`dest/out-${which}/list.m3u8`).streams).toHaveLength(2);

    expect(await codeOf(call('CancelJob', { JobId: film?.JobId }))).toBe('OperationDenied');
    const listed = (await call('ListJob', { PipelineId: Pipeline.Id, State: 'TranscodeSuccess' })) as Answer & {
      JobList: { Job: Row[] };
    };
    expect(listed.JobList.Job.map(({ JobId }) => JobId).toSorted()).toEqual([film?.JobId, list?.JobId].toSorted());

    await call('DeleteTemplate', { TemplateId: Template.Id });
    await call('DeleteWaterMarkTemplate', { WaterMarkTemplateId: WaterMarkTemplate.Id });
    await call('DeletePipeline', { PipelineId: Pipeline.Id });
    const gone = (await call('QueryPipelineList', { PipelineIds: String(Pipeline.Id) })) as Answer & {
      NonExistPids: { String: string[] };
    };
    expect(gone.NonExistPids.String).toEqual([Pipeline.Id]);
  });

  it('takes pictures, and says what a file is', async () => {
    const call = clients[which];
    const { SnapshotJob } = (await call('SubmitSnapshotJob', {
      Input: JSON.stringify(INPUT),
      SnapshotConfig: JSON.stringify({
        OutputFile: { Bucket: 'dest', Location: 'oss-cn-hangzhou', Object: `pictures-${which}/{Count}.jpg` },
        ...{ Time: '500', Interval: '1', Num: '3', Width: '160', Height: '90' },
      }),
      UserData: 'seen',
    })) as Answer & { SnapshotJob: Row };
    const pictures = await until('pictures', async () => {
      const answer = await call('QuerySnapshotJobList', { SnapshotJobIds: SnapshotJob.Id });
      const [job] = (answer.SnapshotJobList as { SnapshotJob: Row[] }).SnapshotJob;
      return /Success|Fail/.test(String(job?.State)) ? job : undefined;
    });
    expect(pictures).toMatchObject({ State: 'Success', Count: '3', UserData: 'seen' });
    expect((await readdir(join(home.path, `dest/pictures-${which}`))).toSorted()).toEqual([
      '00001.jpg',
      '00002.jpg',
      '00003.jpg',
    ]);

    const { MediaInfoJob } = (await call('SubmitMediaInfoJob', { Input: JSON.stringify(INPUT) })) as Answer & {
      MediaInfoJob: Row;
    };
    const info = await until('it is known', async () => {
      const answer = await call('QueryMediaInfoJobList', { MediaInfoJobIds: MediaInfoJob.JobId });
      const [job] = (answer.MediaInfoJobList as { MediaInfoJob: Row[] }).MediaInfoJob;
      return job?.State === 'Success' ? job : undefined;
    });
    expect(info).toMatchObject({ Properties: { Width: '320', Height: '180', Fps: '25' } });
  });
});

it('keeps jobs of a paused pipeline as Submitted, and lets them be taken back', async () => {
  const call = clients.openapi;
  const { Pipeline } = (await call('AddPipeline', { Name: 'paused' })) as Answer & { Pipeline: Row };
  await call('UpdatePipeline', { PipelineId: Pipeline.Id, Name: 'paused', State: 'Paused' });
  const [result] = jobsOf(
    await call('SubmitJobs', {
      ...{ Input: JSON.stringify(INPUT), OutputBucket: 'dest', PipelineId: Pipeline.Id },
      Outputs: JSON.stringify([{ OutputObject: 'never.mp4', TemplateId: 'S00000001-200010' }]),
    }),
  );
  expect(result?.Job).toMatchObject({ State: 'Submitted' });
  await call('CancelJob', { JobId: result?.Job?.JobId });
  expect(await over(call, String(result?.Job?.JobId))).toMatchObject({ State: 'TranscodeCancelled' });
});

it('tells the address of a pipeline how each job ended, until it is told', async () => {
  const call = clients.pop;
  let failures = 1;
  receiver.answer = () => (failures-- > 0 ? 503 : 200);
  const NotifyConfig = JSON.stringify({ Topic: receiver.url('mps') });
  const { Pipeline } = (await call('AddPipeline', { Name: 'told', NotifyConfig })) as Answer & { Pipeline: Row };
  const Outputs = JSON.stringify([
    { OutputObject: 'told.mp4', TemplateId: 'S00000001-200010', UserData: 'one' },
    {
      OutputObject: 'told.mp3',
      TemplateId: 'S00000001-200010',
      Video: { Width: '4000', Height: '4000' },
      TransConfig: { IsCheckResoFail: 'true' },
    },
  ]);
  const results = jobsOf(
    await call('SubmitJobs', { Input: JSON.stringify(INPUT), OutputBucket: 'dest', PipelineId: Pipeline.Id, Outputs }),
  );
  const [good, bad] = await Promise.all(results.map(({ Job }) => over(call, String(Job?.JobId))));
  expect([good?.State, bad?.State]).toEqual(['TranscodeSuccess', 'TranscodeFail']);
  const told = await until('both are told', () => {
    const all = receiver.told('mps').map(({ body }) => JSON.parse(String(body)) as Row);
    return all.length >= 2 && all;
  });
  const of = (job: Row | undefined) => told.find(({ JobId }) => JobId === job?.JobId);
  expect(of(good)).toMatchObject({
    ...{ state: 'Success', State: 'Success', type: 'Transcode', UserData: 'one' },
    jobId: good?.JobId,
  });
  expect(of(bad)).toMatchObject({ State: 'Fail', Code: bad?.Code, Msg: expect.any(String) });
});

it('says why a file cannot be made', async () => {
  const call = clients.pop;
  const [result] = jobsOf(
    await call('SubmitJobs', {
      ...{ Input: JSON.stringify({ ...INPUT, Object: 'in/nothing.mp4' }), OutputBucket: 'dest', PipelineId: 'default' },
      Outputs: JSON.stringify([{ OutputObject: 'never.mp4', TemplateId: 'S00000001-200010' }]),
    }),
  );
  expect(await over(call, String(result?.Job?.JobId))).toMatchObject({
    State: 'TranscodeFail',
    Code: 'INPUT_NOT_FOUND',
  });
  expect(
    await codeOf(call('SubmitJobs', { Input: '{}', OutputBucket: 'dest', PipelineId: 'nobody', Outputs: '[{}]' })),
  ).toBe('ResourceNotFound');
});

/** The colour of the picture's upper left corner. */
function corner(file: string): string {
  const args = [
    '-v',
    'error',
    '-i',
    join(home.path, file),
    '-frames:v',
    '1',
    '-vf',
    'crop=8:8:4:4,scale=1:1',
    '-f',
    'rawvideo',
    '-pix_fmt',
    'rgb24',
    '-',
  ];
  const [red = 0, green = 0, blue = 0] = execFileSync('ffmpeg', args);
  return red > 180 && green < 80 && blue < 80 ? 'red' : `${red},${green},${blue}`;
}

it('works with the client of Media Processing', async () => {
  const require = createRequire(import.meta.url);
  const { default: Mts, SubmitJobsRequest, QueryJobListRequest } = require('@alicloud/mts20140618');
  const { $OpenApiUtil } = require('@alicloud/openapi-core');
  const { id: accessKeyId, secret: accessKeySecret } = key;
  const endpoint = `127.0.0.1:${server.controlPort}`;
  const client = new Mts(new $OpenApiUtil.Config({ accessKeyId, accessKeySecret, endpoint, protocol: 'HTTP' }));
  const outputs = JSON.stringify([{ OutputObject: 'own.flv', TemplateId: 'S00000001-000010' }]);
  const { body } = await client.submitJobs(
    new SubmitJobsRequest({ input: JSON.stringify(INPUT), outputBucket: 'dest', pipelineId: 'default', outputs }),
  );
  const [result] = body.jobResultList.jobResult;
  expect(result).toMatchObject({ success: true, job: { state: 'Submitted' } });
  const done = await until('the job is over', async () => {
    const answer = await client.queryJobList(new QueryJobListRequest({ jobIds: result.job.jobId }));
    const [job] = answer.body.jobList.job;
    return /Success|Fail/.test(job.state) ? job : undefined;
  });
  expect(done).toMatchObject({ state: 'TranscodeSuccess', output: { outputFile: { object: 'own.flv' } } });
  expect(probed('dest/own.flv').format.format_name).toBe('flv');
});
