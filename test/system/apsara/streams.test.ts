import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApsaraClient, codeOf, newKey, openApiClient, popClient } from '../../support/apsara-clients.ts';
import { FlvViewer } from '../../support/flv-viewer.ts';
import { type Headwater, publishTestPicture, startHeadwater, until } from '../../support/index.ts';
import { SMALL_TEMPLATES } from '../../support/ladder.ts';
import { OPEN_DOMAIN } from '../../support/open-server.ts';

const ONE = { DomainName: 'default', AppName: 'live', StreamName: 'one' };
const HOUR_MS = 3_600_000;

type Info = Record<string, unknown> & { StreamName: string };
type OnlineList = { OnlineInfo: { LiveStreamOnlineInfo: Info[] }; TotalNum: number; TotalPage: number };

let server: Headwater;
let pop: ApsaraClient;
let tea: ApsaraClient;

beforeAll(async () => {
  server = await startHeadwater({
    rules: {
      domains: [{ ...OPEN_DOMAIN, limits: { publishers: 7 } }],
      streams: [
        { publish: { waitSeconds: 1 } },
        { match: { app: 'live', stream: 'one' }, transcode: { templates: ['small'], lazy: false } },
      ],
      templates: SMALL_TEMPLATES,
    },
  });
  const key = await newKey(server);
  [pop, tea] = [popClient(server, key), openApiClient(server, key)];
});

afterAll(() => server?.stop());

const online = async (client: ApsaraClient, more: object = {}) => {
  const answer = (await client('DescribeLiveStreamsOnlineList', {
    DomainName: 'default',
    ...more,
  })) as unknown as OnlineList;
  return { ...answer, infos: answer.OnlineInfo.LiveStreamOnlineInfo };
};

const span = () => ({
  StartTime: `${new Date(Date.now() - HOUR_MS).toISOString().slice(0, 19)}Z`,
  EndTime: `${new Date(Date.now() + HOUR_MS).toISOString().slice(0, 19)}Z`,
});

it('follows a stream from its push over its viewers and its ban to its history', async () => {
  expect(await pop('DescribeLiveStreamState', ONE)).toMatchObject({ StreamState: 'offline', Type: 'push' });
  const publisher = await publishTestPicture(server, 'live/one', { size: '320x180' });
  try {
    await until('the rendition is live and the frames are counted', async () => {
      const { infos } = await online(pop);
      return infos.length === 2 && infos[0]?.FrameRate === 30;
    });
    expect(await tea('DescribeLiveStreamState', ONE)).toMatchObject({ StreamState: 'online' });

    const { infos } = await online(tea);
    expect(infos.map(({ StreamName, Transcoded }) => [StreamName, Transcoded])).toEqual([
      ['one', 'no'],
      ['one_small', 'yes'],
    ]);
    expect(infos[0]).toMatchObject({
      ...{ PublishUrl: 'rtmp://default/live/one', ClientIp: '127.0.0.1', PublishType: 'push' },
      ...{ VideoCodecId: 7, AudioCodecId: 10, Width: 320, Height: 180, FrameRate: 30 },
    });
    expect(infos[1]).toMatchObject({ Width: 160, Height: 90 });
    expect(
      (await online(tea, { StreamType: 'raw', OnlyStream: 'yes' })).infos.map((each) => Object.keys(each)),
    ).toEqual([['DomainName', 'AppName', 'StreamName', 'PublishTime']]);
    expect((await online(pop, { StreamName: 'ne_sm' })).infos).toHaveLength(1);
    expect((await online(pop, { StreamName: 'ne_sm', QueryType: 'strict' })).infos).toHaveLength(0);
    expect(await online(pop, { PageSize: 1, PageNum: 2 })).toMatchObject({
      TotalNum: 2,
      TotalPage: 2,
      infos: [{ StreamName: 'one_small' }],
    });
    expect((await online(pop, { DomainName: 'elsewhere.example.com' })).infos).toEqual([]);

    expect(await pop('DescribeLiveStreamCount', { DomainName: 'default' })).toMatchObject({
      StreamCountInfos: {
        StreamCountInfo: [
          { Type: 'raw', Count: 1, Limit: 7 },
          { Type: 'trans', Count: 1, StreamCountDetails: { StreamCountDetail: [{ Format: 'small' }] } },
        ],
      },
    });

    const viewers = [
      await FlvViewer.open(`${server.playback}/live/one.flv`),
      await FlvViewer.open(`${server.playback}/live/one_small.flv`),
    ];
    await until('both are counted', async () => {
      const answer = await tea('DescribeLiveDomainOnlineUserNum', { DomainName: 'default' });
      return answer.UserCount === 2;
    });
    expect(await tea('DescribeLiveDomainOnlineUserNum', { DomainName: 'default' })).toMatchObject({
      StreamCount: 1,
      OnlineUserInfo: {
        LiveStreamOnlineUserNumInfo: [
          {
            StreamName: 'one',
            Infos: {
              Info: [
                { TranscodeTemplate: 'origin', UserNumber: 1 },
                { TranscodeTemplate: 'small', UserNumber: 1 },
              ],
            },
          },
        ],
      },
    });

    const ban = { ...ONE, LiveStreamType: 'publisher' };
    await tea('ForbidLiveStream', ban);
    await Promise.all(viewers.map(({ closed }) => closed));
    expect(await publisher.exited).not.toBe(0);
    expect(await codeOf(pop('ForbidLiveStream', { ...ban, Oneshot: 'yes' }))).toBe('InvalidStream.NotFound');
    await pop('ResumeLiveStream', ban);
    expect(await codeOf(pop('ResumeLiveStream', ban))).toBe('InvalidStream.NotFound');

    await until('it is in the history', async () => {
      const answer = await pop('DescribeLiveStreamsPublishList', { DomainName: 'default', ...span() });
      const [first] = (answer.PublishInfo as { LiveStreamPublishInfo: Info[] }).LiveStreamPublishInfo;
      return first?.StopTime !== undefined && first.StreamName === 'one' && answer.TotalNum === 1;
    });
    const control = await until('what was done is told', async () => {
      const within = { DomainName: 'default', AppName: 'live', ...span() };
      const told = (await tea('DescribeLiveStreamsControlHistory', within)).ControlInfo;
      return (told as { LiveStreamControlInfo: Info[] }).LiveStreamControlInfo.length >= 2 && told;
    });
    expect(control).toMatchObject({
      LiveStreamControlInfo: [
        { Action: 'forbid', StreamName: 'one', ClientIP: '127.0.0.1' },
        { Action: 'resume', StreamName: 'one' },
      ],
    });
  } finally {
    await publisher.stop();
  }
});

it('says which time or page is not right', async () => {
  const { StartTime, EndTime } = span();
  const list = (more: object) =>
    codeOf(tea('DescribeLiveStreamsPublishList', { DomainName: 'default', StartTime, EndTime, ...more }));
  expect(await list({ EndTime: StartTime })).toBe('InvalidParameter');
  expect(await list({ StartTime: '2020-01-01T00:00:00Z' })).toBe('InvalidParameter');
  expect(await list({ PageSize: 0 })).toBe('InvalidParameter');
  expect(await list({ StartTime: '' })).toBe('MissingParameter');
  expect(await codeOf(tea('DescribeLiveStreamsOnlineList'))).toBe('MissingParameter');
});

it('shows a domain manager the streams of no other domain', async () => {
  const narrow = popClient(server, await newKey(server, [{ role: 'domain-manager', resources: ['domain/other'] }]));
  expect((await online(narrow)).infos).toEqual([]);
  expect(await codeOf(narrow('DescribeLiveStreamState', ONE))).toBe('Forbidden');
});
