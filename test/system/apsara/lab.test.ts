import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApsaraClient, codeOf, newKey, openApiClient } from '../../support/apsara-clients.ts';
import { http } from '../../support/http.ts';
import { type Child, type Headwater, start, startHeadwater, testPictureArgs, until } from '../../support/index.ts';

const PLAY = 'play.lab.test';
const PUSH = 'push.lab.test';
const APP = 'lab';
const STREAM = 'first-stream';
const Region = 'cn-shanghai';
const KEYS = { push: 'PushKeyOfTheLab0123456789', play: 'PlayKeyOfTheLab0123456789' };

let server: Headwater;
let call: ApsaraClient;
let encoder: Child | undefined;

beforeAll(async () => {
  server = await startHeadwater();
  await until('the first revision', async () => (await server.api<{ revision: number }>('/rules')).revision === 1);
  call = openApiClient(server, await newKey(server));
});
afterAll(async () => {
  await encoder?.stop();
  await server?.stop();
});

/** As any program of ApsaraVideo's signs. */
function signed(path: string, key: string): string {
  const timestamp = Math.floor(Date.now() / 1000);
  const md5 = createHash('md5').update(`${path}-${timestamp}-0-0-${key}`).digest('hex');
  return `${path}?auth_key=${timestamp}-0-0-${md5}`;
}

const push = (pathAndQuery: string) =>
  start('ffmpeg', [
    ...testPictureArgs({ fps: 15, gop: 15 }),
    ...['-f', 'flv', '-rtmp_tcurl', `rtmp://${PUSH}/${APP}`, `rtmp://127.0.0.1:${server.rtmpPort}${pathAndQuery}`],
  ]);

const play = (pathAndQuery: string) => http(`${server.playback}${pathAndQuery}`, { host: PLAY });

const live = async () => {
  const { streams } = await server.api<{ streams: { domain: string; app: string; name: string; state: string }[] }>(
    '/streams',
  );
  return streams.filter(({ state }) => state === 'publishing').map((each) => `${each.domain}/${each.app}/${each.name}`);
};

const setKey = (DomainNames: string, auth_key1: string) =>
  call('BatchSetLiveDomainConfigs', {
    DomainNames,
    Functions: JSON.stringify([
      {
        functionName: 'aliauth',
        functionArgs: Object.entries({ auth_type: 'type_a', auth_key1, ali_auth_delta: '1800' }).map(
          ([argName, argValue]) => ({ argName, argValue }),
        ),
      },
    ]),
  });

describe("the lab through ApsaraVideo's OpenAPI: from two domains to a signed stream and back to nothing", () => {
  it('adds a push domain, whose own key is good, and from which nobody can play', async () => {
    await call('AddLiveDomain', { DomainName: PUSH, LiveDomainType: 'liveEdge', Region });
    const configs = await call('DescribeLiveDomainConfigs', { DomainName: PUSH, FunctionNames: 'aliauth' });
    const key = /"auth_key1","ArgValue":"(\w+)"/.exec(JSON.stringify(configs))?.[1] ?? '';
    encoder = push(signed(`/${APP}/${STREAM}`, key));
    await until('it is live', async () => (await live()).includes(`${PUSH}/${APP}/${STREAM}`), 60_000);
    for (const kind of ['flv', 'm3u8']) {
      const path = signed(`/${APP}/${STREAM}.${kind}`, key);
      expect((await http(`${server.playback}${path}`, { host: PUSH })).status).toBe(403);
    }
  });

  it('joins it with a streaming domain and sets their keys', async () => {
    await call('AddLiveDomain', { DomainName: PLAY, LiveDomainType: 'liveVideo', Region });
    await call('AddLiveDomainMapping', { PullDomain: PLAY, PushDomain: PUSH });
    await until('the stream of the domain that is no more has ended', async () => (await live()).length === 0);
    await setKey(PUSH, KEYS.push);
    await setKey(PLAY, KEYS.play);
    const detail = (DomainName: string) => call('DescribeLiveDomainDetail', { DomainName });
    expect(await detail(PUSH)).toMatchObject({ DomainDetail: { DomainStatus: 'online', LiveDomainType: 'liveEdge' } });
    expect(await detail(PLAY)).toMatchObject({ DomainDetail: { DomainStatus: 'online', LiveDomainType: 'liveVideo' } });
  });

  it('refuses a push that is not signed, or signed with the key for playing, and takes one that is', async () => {
    const path = `/${APP}/${STREAM}`;
    for (const wrong of [path, signed(path, KEYS.play)]) {
      const refused = push(wrong);
      await until('it is refused', async () => refused.process.exitCode !== null);
    }
    expect(await live()).toEqual([]);
    const url = signed(path, KEYS.push);
    const check = { DomainName: PUSH, Url: `rtmp://${PUSH}${url}` };
    expect(await call('DescribeLiveStreamAuthChecking', check)).toMatchObject({ Status: 'pass' });
    encoder = push(url);
    await until('it is live', async () => (await live()).includes(`${PLAY}/${APP}/${STREAM}`), 60_000);
  });

  it('plays MPEG-TS in HLS with a signature, and not without one', async () => {
    const path = `/${APP}/${STREAM}.m3u8`;
    const playlist = await until('there is a playlist', async () => {
      const { status, text } = await play(signed(path, KEYS.play));
      return status === 200 && text.includes('#EXTM3U') && text;
    });
    const [media = ''] = playlist.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    const segments = await until('there are segments', async () => {
      const { text } = await play(`/${APP}/${media}`.replace(`/${APP}//`, '/'));
      return text.includes('.ts') && text;
    });
    expect(segments).not.toContain('#EXT-X-MAP');
    expect((await play(path)).status).toBe(403);
    expect((await play(signed(path, KEYS.push))).status).toBe(403);
    const unsigned = { DomainName: PLAY, Url: `http://${PLAY}${path}` };
    expect(await call('DescribeLiveStreamAuthChecking', unsigned)).toMatchObject({
      ...{ Status: 'false', Description: 'INVALID AUTH_KEY' },
    });
  });

  it('changes the key for playing without a gap', async () => {
    const path = `/${APP}/${STREAM}.m3u8`;
    const next = 'NextPlayKeyOfTheLab0123456789';
    await setKey(PLAY, next);
    expect((await play(signed(path, KEYS.play))).status).toBe(403);
    expect((await play(signed(path, next))).status).toBe(200);
    expect(await live()).toHaveLength(1);
  });

  it('sends the publisher away when the streaming domain is stopped, and takes it when it is started', async () => {
    await call('StopLiveDomain', { DomainName: PLAY });
    await until('nothing is live', async () => (await live()).length === 0);
    await call('StartLiveDomain', { DomainName: PLAY });
    encoder = push(signed(`/${APP}/${STREAM}`, KEYS.push));
    await until('it is live again', async () => (await live()).length === 1, 60_000);
  });

  it('leaves nothing behind when the domains are deleted', async () => {
    await call('DeleteLiveDomainMapping', { PullDomain: PLAY, PushDomain: PUSH });
    await call('DeleteLiveDomain', { DomainName: PLAY });
    await call('DeleteLiveDomain', { DomainName: PUSH });
    await until('nothing is live', async () => (await live()).length === 0);
    for (const DomainName of [PLAY, PUSH]) {
      expect(await codeOf(call('DescribeLiveDomainDetail', { DomainName }))).toBe('InvalidDomain.NotFound');
    }
    const { rules } = await server.api<{ rules: { domains: { name: string }[]; streams: unknown[] } }>('/rules');
    expect(rules.domains.map(({ name }) => name)).toEqual(['default']);
    expect(rules.streams ?? []).toEqual([]);
  });
});
