import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApsaraClient, codeOf, type Key, newKey, openApiClient, popClient } from '../../support/apsara-clients.ts';
import { FlvViewer } from '../../support/flv-viewer.ts';
import { type Headwater, startHeadwater, until, untilLive } from '../../support/index.ts';
import { type MediaPeer, mediaPeer } from '../../support/media-peer.ts';
import { OPEN_DOMAIN } from '../../support/open-server.ts';

const WINDOW = { StartTime: '2026-01-01T00:00:00Z', EndTime: '2999-01-01T00:00:00Z' };
const LATER = { StartTime: '2998-01-01T00:00:00Z', EndTime: '2999-01-01T00:00:00Z' };

let peer: MediaPeer;
let server: Headwater;
let key: Key;

beforeAll(async () => {
  peer = await mediaPeer();
  peer.publish('live/source');
  server = await startHeadwater({ rules: { domains: [OPEN_DOMAIN] } });
  key = await newKey(server);
});

afterAll(async () => {
  await server?.stop();
  await peer?.close();
});

describe.each<[string, string, () => ApsaraClient]>([
  ['pop-core', 'pop', () => popClient(server, key)],
  ['openapi-client', 'openapi', () => openApiClient(server, key)],
])('%s', (_, app, client) => {
  const names = { DomainName: 'default', AppName: app, StreamName: 'show' };

  it('fetches a stream, says from where, and pushes it on to another server', async () => {
    const call = client();
    const SourceUrl = `rtmp://127.0.0.1:1/live/gone;${peer.rtmp}/live/source`;
    await call('AddLivePullStreamInfoConfig', { ...names, SourceUrl, ...WINDOW });
    expect(await codeOf(call('AddLivePullStreamInfoConfig', { ...names, SourceUrl, ...WINDOW }))).toBe(
      'ConfigAlreadyExists',
    );
    await untilLive(server, `${app}/show`);
    expect(await call('DescribeLiveStreamState', names)).toMatchObject({ StreamState: 'online', Type: 'pull' });
    const pulls = async () => (await call('DescribeLivePullStreamConfig', { DomainName: 'default' })).LiveAppRecordList;
    expect(await pulls()).toEqual({
      LiveAppRecord: [{ ...names, ...WINDOW, SourceUrl, SourceUsing: `${peer.rtmp}/live/source` }],
    });
    const DstUrl = `${peer.rtmp}/live/${app}?token=1`;
    const transfer = { ...names, DstUrl, TransferArgs: 'no' };
    await call('AddLiveCenterTransfer', transfer);
    expect(await codeOf(call('AddLiveCenterTransfer', transfer))).toBe('ConfigAlreadyExists');
    expect(await codeOf(call('AddLiveCenterTransfer', { ...transfer, DstUrl: 'rtmp://host' }))).toBe(
      'InvalidParameter',
    );
    const viewer = await until('it plays there', () =>
      FlvViewer.open(`${peer.http}/live/${app}.flv`).catch(() => null),
    );
    await until('pictures come', () => viewer.tags.length > 30);
    await viewer.close();
    const transfers = async () =>
      (await call('DescribeLiveCenterTransfer', { DomainName: 'default', AppName: app })).LiveCenterTransferInfoList;
    expect(await transfers()).toEqual({
      LiveCenterTransferInfo: [{ ...transfer, StartTime: '', EndTime: '' }],
    });
    await call('UpdateLiveCenterTransfer', { ...transfer, ...LATER });
    expect(await transfers()).toMatchObject({ LiveCenterTransferInfo: [LATER] });
    await call('DeleteLiveCenterTransfer', names);
    expect(await codeOf(call('DeleteLiveCenterTransfer', names))).toBe('InvalidConfig.NotFound');
    await call('UpdateLivePullStreamInfoConfig', { ...names, SourceUrl: `${peer.http}/live/source.flv`, ...LATER });
    await until('it is not time', async () => (await call('DescribeLiveStreamState', names)).StreamState === 'offline');
    await call('DeleteLivePullStreamInfoConfig', names);
    expect(await pulls()).toEqual({ LiveAppRecord: [] });
    expect(await codeOf(call('DeleteLivePullStreamInfoConfig', names))).toBe('InvalidConfig.NotFound');
  });

  it('fetches the streams of an app with their first viewer', async () => {
    const call = client();
    const place = { DomainName: 'default', AppName: `${app}-lazy` };
    const PullDomainName = peer.rtmp.slice('rtmp://'.length);
    const set = { ...place, PullDomainName, PullProtocol: 'rtmp', PullAppName: 'live' };
    await call('SetLiveLazyPullStreamInfoConfig', set);
    const viewer = await FlvViewer.open(`${server.playback}/${app}-lazy/source.flv`);
    await until('pictures come', () => viewer.tags.length > 10);
    await viewer.close();
    const configs = async () => (await call('DescribeLiveLazyPullStreamConfig', place)).LiveLazyPullConfigList;
    expect(await configs()).toEqual({ LiveLazyPullConfig: [{ ...set, PullArgs: '', TranscodeLazy: 'no' }] });
    await call('SetLiveLazyPullStreamInfoConfig', { ...set, PullProtocol: 'hls' });
    expect(await configs()).toMatchObject({ LiveLazyPullConfig: [{ PullProtocol: 'hls' }] });
    await call('DeleteLiveLazyPullStreamInfoConfig', place);
    expect(await configs()).toEqual({ LiveLazyPullConfig: [] });
    expect(await codeOf(call('DeleteLiveLazyPullStreamInfoConfig', place))).toBe('InvalidConfig.NotFound');
  });
});
