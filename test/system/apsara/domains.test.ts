import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Answer,
  type ApsaraClient,
  codeOf,
  type Key,
  newKey,
  openApiClient,
  popClient,
} from '../../support/apsara-clients.ts';
import { type Headwater, startHeadwater, until } from '../../support/index.ts';

let server: Headwater;
let key: Key;

beforeAll(async () => {
  server = await startHeadwater();
  await until('the first revision', async () => (await server.api<{ revision: number }>('/rules')).revision === 1);
  key = await newKey(server);
});
afterAll(() => server?.stop());

type Hosts = { readonly hosts: readonly { readonly host: string; readonly use: string; readonly domain: string }[] };
type Domain = {
  readonly name: string;
  readonly ingest: readonly string[];
  readonly aliases: readonly string[];
  readonly enabled: boolean;
  readonly tags?: Readonly<Record<string, string>>;
  readonly push: { readonly auth: { readonly type: string; readonly key1: string }; readonly ip: object };
  readonly play: {
    readonly auth: { readonly type: string; readonly key1: string };
    readonly protocols: readonly string[];
    readonly referer: object;
    readonly ip: object;
    readonly userAgent: object;
    readonly country: object;
    readonly remoteAuth?: object;
  };
  readonly https: object;
};

const domain = (name: string) => server.api<Domain>(`/domains/${name}`);
const VIDEO = { LiveDomainType: 'liveVideo', Region: 'cn-shanghai' };
const EDGE = { LiveDomainType: 'liveEdge', Region: 'cn-shanghai' };
const functionOf = (functionName: string, args: Readonly<Record<string, string>>) => ({
  functionName,
  functionArgs: Object.entries(args).map(([argName, argValue]) => ({ argName, argValue })),
});
type Configs = {
  readonly DomainConfigs: {
    readonly DomainConfig: readonly {
      readonly FunctionName: string;
      readonly ConfigId: string;
      readonly Status: string;
      readonly FunctionArgs: {
        readonly FunctionArg: readonly { readonly ArgName: string; readonly ArgValue: string }[];
      };
    }[];
  };
};
async function configOf(call: ApsaraClient, DomainName: string, FunctionNames: string) {
  const answer = (await call('DescribeLiveDomainConfigs', { DomainName, FunctionNames })) as Answer & Configs;
  return Object.fromEntries(
    answer.DomainConfigs.DomainConfig.map(({ FunctionName, FunctionArgs }) => [
      FunctionName,
      Object.fromEntries(FunctionArgs.FunctionArg.map(({ ArgName, ArgValue }) => [ArgName, ArgValue])),
    ]),
  );
}

describe('the hosts of the rules', () => {
  type Host = { readonly firstSeenAt: string; readonly modifiedAt: string; readonly description: string };
  const host = (name: string) => server.api<Host>(`/hosts/${name}`);
  const send = (method: string, path: string, body: object) =>
    server.api(path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

  it('are known from the moment they are in the rules, however they came, until they go', async () => {
    const name = 'rest.hosts.test';
    await send('POST', '/domains', { name, ingest: ['push.hosts.test'] });
    const seen = await until('it is noted', async () => {
      const found = await host(name);
      return found.firstSeenAt !== undefined && found;
    });
    await send('PATCH', `/hosts/${name}`, { description: 'ours' });
    const described = await host(name);
    expect(described).toMatchObject({ description: 'ours', firstSeenAt: seen.firstSeenAt });
    await send('PUT', `/domains/${name}`, { name, enabled: false, ingest: ['push.hosts.test'] });
    await until('the change is noted', async () => (await host(name)).modifiedAt > described.modifiedAt);
    expect((await host('push.hosts.test')).firstSeenAt).toBeDefined();
    await expect(send('PATCH', `/hosts/${name}`, { tags: { a: 'b' } })).rejects.toThrow('DOMAIN_TAGS');
    await send('DELETE', `/domains/${name}`, {});
    await expect(host(name)).rejects.toThrow('HOST_NOT_FOUND');
    await send('POST', '/domains', { name });
    await until('it is new', async () => (await host(name)).firstSeenAt > seen.firstSeenAt);
    expect((await host(name)).description).toBe('');
    await send('DELETE', `/domains/${name}`, {});
  });
});

describe.each<[string, () => ApsaraClient]>([
  ['pop', () => popClient(server, key)],
  ['acs3', () => openApiClient(server, key)],
])('%s', (client, make) => {
  const play = `play.${client}.test`;
  const sub = `sub.${client}.test`;
  const push = `push.${client}.test`;
  let call: ApsaraClient;
  beforeAll(() => {
    call = make();
  });

  it('adds domains of both kinds, and describes them', async () => {
    await call('AddLiveDomain', { DomainName: play, ...VIDEO, Scope: 'global', Tag: [{ Key: 'team', Value: 'shop' }] });
    await call('AddLiveDomain', { DomainName: sub, ...VIDEO });
    await call('AddLiveDomain', { DomainName: push.toUpperCase(), ...EDGE });
    expect(await codeOf(call('AddLiveDomain', { DomainName: push, ...EDGE }))).toBe('ConfigAlreadyExists');
    expect(await call('DescribeLiveDomainDetail', { DomainName: play })).toMatchObject({
      DomainDetail: {
        ...{ DomainName: play, DomainStatus: 'online', LiveDomainType: 'liveVideo', Region: 'cn-shanghai' },
        ...{ Scope: 'global', SSLProtocol: 'off', GmtCreated: expect.stringMatching(/^\d{4}-.*Z$/) },
      },
    });
    const made = await domain(play);
    expect(made).toMatchObject({ tags: { team: 'shop' }, play: { auth: { type: 'type_a' } } });
    expect((await domain(push)).play.protocols).toEqual([]);
    expect(await server.api(`/rules/effective?domain=${play}&app=live&stream=one`)).toMatchObject({
      settings: { hls: { container: 'ts' } },
    });
  });

  it('lists those that are asked for, page by page', async () => {
    const list = (query: object) => call('DescribeLiveUserDomains', { DomainName: `.${client}.test`, ...query });
    const names = async (query: object) => {
      const { Domains } = (await list(query)) as Answer & { Domains: { PageData: { DomainName: string }[] } };
      return Domains.PageData.map(({ DomainName }) => DomainName);
    };
    expect(await names({})).toEqual([play, push, sub]);
    expect(await names({ LiveDomainType: 'liveEdge' })).toEqual([push]);
    expect(await names({ PageSize: 1, PageNumber: 2 })).toEqual([push]);
    expect(await names({ Tag: [{ Key: 'team', Value: 'shop' }] })).toEqual([play]);
    expect(await names({ DomainName: push, DomainSearchType: 'full_match' })).toEqual([push]);
    expect(await names({ DomainStatus: 'offline' })).toEqual([]);
    expect(await list({ PageSize: 2 })).toMatchObject({ TotalCount: 3, PageNumber: 1, PageSize: 2 });
  });

  it('maps a push domain, which brings its key along, and separates it again', async () => {
    const { push: before } = await domain(push);
    await call('AddLiveDomainMapping', { PullDomain: play, PushDomain: push });
    expect(await domain(play)).toMatchObject({ ingest: [push], push: { auth: before.auth } });
    expect(await configOf(call, push, 'aliauth')).toMatchObject({ aliauth: { auth_key1: before.auth.key1 } });
    expect(await call('DescribeLiveDomainMapping', { DomainName: play })).toMatchObject({
      LiveDomainModels: { LiveDomainModel: [{ DomainName: push, Type: 'push' }] },
    });
    expect(await call('DescribeLiveDomainMapping', { DomainName: push })).toMatchObject({
      LiveDomainModels: { LiveDomainModel: [{ DomainName: play, Type: 'pull' }] },
    });
    expect(await call('DescribeLiveDomainDetail', { DomainName: push })).toMatchObject({
      DomainDetail: { LiveDomainType: 'liveEdge', DomainStatus: 'online', Region: 'cn-shanghai' },
    });
    expect(await codeOf(call('AddLiveDomainMapping', { PullDomain: sub, PushDomain: push }))).toBe(
      'ConfigAlreadyExists',
    );
    expect(await codeOf(call('AddLiveDomainMapping', { PullDomain: push, PushDomain: play }))).toBe('InvalidParameter');
    expect(await codeOf(call('StopLiveDomain', { DomainName: push }))).toBe('OperationDenied');
    await call('DeleteLiveDomainMapping', { PullDomain: play, PushDomain: push });
    expect(await domain(push)).toMatchObject({ push: { auth: before.auth }, play: { protocols: [] } });
    expect((await domain(play)).ingest).toEqual([]);
    expect(await codeOf(call('DeleteLiveDomainMapping', { PullDomain: play, PushDomain: push }))).toMatch(/NotFound$/);
    await call('AddLiveDomainMapping', { PullDomain: play, PushDomain: push });
  });

  it('takes what was set for a push domain along when it is mapped', async () => {
    const own = `own.${client}.test`;
    await call('AddLiveDomain', { DomainName: own, ...EDGE });
    await server.api('/callbacks', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id: `of-${client}`, url: 'http://127.0.0.1:9/x', form: 'apsara', match: { domain: own } }),
    });
    await call('AddLiveDomainMapping', { PullDomain: play, PushDomain: own });
    expect(await server.api(`/callbacks/of-${client}`)).toMatchObject({ match: { domain: play } });
    await call('DeleteLiveDomain', { DomainName: own });
    expect((await domain(play)).ingest).toEqual([push]);
  });

  it('makes a streaming domain a sub-streaming domain and back', async () => {
    await call('AddLiveDomainPlayMapping', { PullDomain: play, PlayDomain: sub });
    expect(await domain(play)).toMatchObject({ aliases: [sub] });
    expect(await call('DescribeLiveDomainMapping', { DomainName: play })).toMatchObject({
      LiveDomainModels: { LiveDomainModel: expect.arrayContaining([{ DomainName: sub, Type: 'play' }]) },
    });
    await call('DeleteLiveDomainPlayMapping', { PullDomain: play, PlayDomain: sub });
    expect(await domain(sub)).toMatchObject({ play: { auth: (await domain(play)).play.auth } });
  });

  it('stops and starts a domain', async () => {
    await call('StopLiveDomain', { DomainName: play });
    expect(await domain(play)).toMatchObject({ enabled: false });
    expect(await call('DescribeLiveDomainDetail', { DomainName: play })).toMatchObject({
      DomainDetail: { DomainStatus: 'offline' },
    });
    await call('StartLiveDomain', { DomainName: play });
    expect(await domain(play)).toMatchObject({ enabled: true });
  });

  it('sets, describes and deletes functions', async () => {
    const [key1, key2] = ['0123456789abcdefX', '0123456789abcdefY'];
    const set = {
      aliauth: { auth_type: 'type_a', auth_key1: key1, auth_key2: key2, ali_auth_delta: '600' },
      referer_white_list_set: { refer_domain_allow_list: 'a.com,b.com', allow_empty: 'on' },
      ip_black_list_set: { ip_list: '192.0.2.0/24,2001:DB8::1' },
      ali_ua: { ua: '*curl*|^$', type: 'black' },
      ali_location: { location: 'CN DE', type: 'white' },
      https_force: { enable: 'on' },
      HSTS: { enabled: 'on', https_hsts_max_age: '3600', https_hsts_include_subdomains: 'off' },
    };
    const Functions = JSON.stringify(Object.entries(set).map(([name, args]) => functionOf(name, args)));
    await call('BatchSetLiveDomainConfigs', { DomainNames: play, Functions, DryRun: true });
    expect((await domain(play)).https).toMatchObject({ force: false });
    await call('BatchSetLiveDomainConfigs', { DomainNames: play, Functions });
    expect(await domain(play)).toMatchObject({
      play: {
        auth: { type: 'type_a', key1, key2, validitySeconds: 600 },
        referer: { mode: 'allow', list: ['a.com', 'b.com'], allowEmpty: true },
        ip: { mode: 'deny', list: ['192.0.2.0/24', '2001:DB8::1'] },
        userAgent: { mode: 'deny', list: ['*curl*', '^$'], allowEmpty: true },
        country: { mode: 'allow', list: ['CN', 'DE'] },
      },
      https: { force: true, hstsSeconds: 3600 },
    });
    const all = Object.keys(set).join(',');
    expect(await configOf(call, play, all)).toEqual(set);
    await call('BatchSetLiveDomainConfigs', {
      DomainNames: play,
      Functions: JSON.stringify([functionOf('referer_black_list_set', { refer_domain_deny_list: 'c.com' })]),
    });
    expect(await configOf(call, play, 'referer_white_list_set,referer_black_list_set')).toEqual({
      referer_black_list_set: { refer_domain_deny_list: 'c.com', allow_empty: 'on' },
    });
    await call('BatchDeleteLiveDomainConfigs', { DomainNames: play, FunctionNames: all.replace('aliauth,', '') });
    await call('BatchDeleteLiveDomainConfigs', { DomainNames: play, FunctionNames: 'referer_black_list_set' });
    expect(Object.keys(await configOf(call, play, `${all},referer_black_list_set`))).toEqual(['aliauth']);
    expect(await domain(play)).toMatchObject({ https: { force: false, hstsSeconds: 0 } });
  });

  it('sets the keys and addresses of a push domain, and remote authentication', async () => {
    const Functions = [
      functionOf('aliauth', { auth_type: 'type_a', auth_key1: `PushKeyOfThe${client}0123456789` }),
      functionOf('ip_allow_list_set', { ip_list: '127.0.0.0/8' }),
    ];
    await call('BatchSetLiveDomainConfigs', { DomainNames: push, Functions: JSON.stringify(Functions) });
    expect(await domain(play)).toMatchObject({
      push: { auth: { key1: `PushKeyOfThe${client}0123456789` }, ip: { mode: 'allow', list: ['127.0.0.0/8'] } },
    });
    const remote = {
      ...{ enable: 'on', remote_auth_addr: 'http://127.0.0.1:9/auth', remote_auth_method: 'get' },
      ...{ remote_auth_type: 'all', remote_auth_reserve_args: 'user|token', remote_auth_success_code: '200,204' },
      ...{ remote_auth_fail_code: '403', remote_auth_timeout: '500', remote_auth_timeout_action: 'pass' },
      remote_auth_other_code_act: 'pass',
    };
    const given = JSON.stringify([functionOf('cdn_remote_auth', remote)]);
    await call('BatchSetLiveDomainConfigs', { DomainNames: play, Functions: given });
    expect((await domain(play)).play.remoteAuth).toEqual({
      ...{ url: 'http://127.0.0.1:9/auth', method: 'GET', timeoutMs: 500, passCodes: [200, 204], failCodes: [403] },
      ...{ onTimeout: 'pass', keepArgs: ['user', 'token'], form: 'headers' },
    });
    expect(await configOf(call, play, 'cdn_remote_auth')).toEqual({ cdn_remote_auth: remote });
    await call('BatchDeleteLiveDomainConfigs', { DomainNames: play, FunctionNames: 'cdn_remote_auth' });
    expect((await domain(play)).play.remoteAuth).toBeUndefined();
  });

  it('says what a signature is worth', async () => {
    const check = (DomainName: string, Url: string) => call('DescribeLiveStreamAuthChecking', { DomainName, Url });
    const { urls } = await server.api<{ urls: { hls: string } }>('/sign', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ domain: play, app: 'live', stream: 'one', kind: 'play' }),
    });
    const url = urls.hls;
    expect(await check(play, url)).toMatchObject({ Status: 'pass', Description: '' });
    const plain = url.replace(/\?.*/, '');
    const verdicts = [
      ['INVALID AUTH_KEY', plain],
      ['INVALID TIMESTAMP', `${plain}?auth_key=1000000000-0-0-${'a'.repeat(32)}`],
      ['INVALID MD5HASH', url.replace(/[0-9a-f]{32}/, '0'.repeat(32))],
      ['INVALID MD5HASH', url.replace('/one.', '/two.')],
    ] as const;
    for (const [Description, Url] of verdicts) {
      expect(await check(play, Url)).toMatchObject({ Status: 'false', Description });
    }
    expect(await check(push, `rtmp://${push}/live/one`)).toMatchObject({ Status: 'false' });
    expect(await codeOf(check(push, url))).toBe('InvalidParameter');
  });

  it('tags domains, mapped ones among them', async () => {
    const resources = { ResourceId: [play, push], ResourceType: 'DOMAIN' };
    await call('TagLiveResources', {
      ...resources,
      Tag: [
        { Key: 'env', Value: client },
        { Key: 'team', Value: 'news' },
      ],
    });
    expect(await domain(play)).toMatchObject({ tags: { env: client, team: 'news' } });
    const described = await call('DescribeLiveTagResources', resources);
    const Tag = expect.arrayContaining([{ Key: 'env', Value: client }]);
    expect(described).toMatchObject({
      TagResources: [
        { ResourceId: play, Tag },
        { ResourceId: push, Tag },
      ],
    });
    const listed = await call('ListLiveTagResources', { ResourceType: 'DOMAIN', Tag: [{ Key: 'env', Value: client }] });
    expect(listed).toMatchObject({
      TagResources: {
        TagResource: expect.arrayContaining([
          { ResourceId: push, ResourceType: 'DOMAIN', TagKey: 'env', TagValue: client },
        ]),
      },
    });
    expect(await call('DescribeLiveUserTags')).toMatchObject({
      Tags: expect.arrayContaining([{ Key: 'team', Value: expect.arrayContaining(['news']) }]),
    });
    await call('UnTagLiveResources', { ...resources, TagKey: ['env'] });
    await call('UnTagLiveResources', { ...resources, ResourceId: [push], All: true });
    expect(await call('DescribeLiveTagResources', resources)).toMatchObject({
      TagResources: [
        { ResourceId: play, Tag: [{ Key: 'team', Value: 'news' }] },
        { ResourceId: push, Tag: [] },
      ],
    });
  });

  it('sets delay and packaging of streams', async () => {
    const settings = async () =>
      (await server.api<{ settings: { hls: object } }>(`/rules/effective?domain=${play}&app=live&stream=one`)).settings
        .hls;
    await call('SetLiveStreamDelayConfig', { DomainName: play, HlsLevel: 'long', FlvDelay: 4 });
    expect(await settings()).toMatchObject({ container: 'ts', segmentSeconds: 5, windowSegments: 4 });
    expect(await call('DescribeLiveStreamDelayConfig', { DomainName: play })).toMatchObject({
      LiveStreamHlsDelayConfig: { Delay: 15, Level: 'long' },
    });
    const named = { DomainName: play, AppName: 'live', StreamName: '*' };
    await call('AddLivePackageConfig', { ...named, Protocol: 'LLHLS_CMAF' });
    expect(await settings()).toMatchObject({ container: 'fmp4', lowLatency: true, segmentSeconds: 1, partMs: 350 });
    expect(await codeOf(call('AddLivePackageConfig', { ...named, Protocol: 'HLS_CMAF' }))).toBe('ConfigAlreadyExists');
    const dash = call('AddLivePackageConfig', { ...named, AppName: 'dash', Protocol: 'DASH_CMAF' });
    expect(await codeOf(dash)).toBe('InvalidParameter');
    const change = { Protocol: 'HLS_CMAF', SegmentDuration: 4, SegmentNum: 5, PartDuration: 0 };
    await call('UpdateLivePackageConfig', { ...named, ...change });
    expect(await call('DescribeLivePackageConfig', { DomainName: play })).toMatchObject({
      TotalNum: 1,
      LivePackageConfigList: {
        LivePackageConfig: [
          { AppName: 'live', StreamName: '*', Protocol: 'HLS_CMAF', SegmentDuration: 4, SegmentNum: 5 },
        ],
      },
    });
    await call('DeleteLivePackageConfig', named);
    expect(await settings()).toMatchObject({ container: 'ts', segmentSeconds: 5 });
    expect(await codeOf(call('DeleteLivePackageConfig', named))).toBe('InvalidConfig.NotFound');
  });

  it('gives a domain a certificate and takes it away', async () => {
    const { cert: certificate, private: privateKey } = await generate([{ name: 'commonName', value: play }], {
      keyType: 'ec',
    });
    const given = {
      DomainName: play,
      SSLPub: certificate,
      SSLPri: privateKey,
      SSLProtocol: 'on',
      CertType: 'upload',
    };
    await call('SetLiveDomainCertificate', { ...given, CertName: 'mine' });
    const detail = await call('DescribeLiveDomainDetail', { DomainName: play });
    expect(detail).toMatchObject({ DomainDetail: { SSLProtocol: 'on', SSLPub: certificate } });
    const info = (await call('DescribeLiveDomainCertificateInfo', { DomainName: play })) as Answer & {
      CertInfos: { CertInfo: { CertName: string }[] };
    };
    expect(info).toMatchObject({
      CertInfos: { CertInfo: [{ DomainName: play, SSLProtocol: 'on', CertType: 'upload' }] },
    });
    const CertName = info.CertInfos.CertInfo[0]?.CertName;
    expect(await call('DescribeLiveCertificateDetail', { CertName })).toMatchObject({ CertName, Cert: certificate });
    expect(await call('DescribeLiveCertificateList', { DomainName: play })).toMatchObject({
      CertificateListModel: { Count: 1, CertList: { Cert: [{ CertName }] } },
    });
    expect(await call('DescribeLiveHttpsDomainList', { Keyword: client })).toMatchObject({
      ...{ TotalCount: 1, CertInfos: { CertInfo: [{ DomainName: play, CertName, CertStatus: 'ok' }] } },
    });
    expect(await call('DescribeLiveDomainByCertificate', { SSLPub: certificate })).toMatchObject({
      CertInfos: { CertInfo: [{ DomainList: play, CertExpired: 'no' }] },
    });
    await call('SetLiveDomainCertificate', { DomainName: play, SSLProtocol: 'off' });
    expect(await call('DescribeLiveDomainDetail', { DomainName: play })).toMatchObject({
      DomainDetail: { SSLProtocol: 'off' },
    });
    const broken = { ...given, SSLPri: 'x'.repeat(80) };
    expect(await codeOf(call('SetLiveDomainCertificate', broken))).toBe('InvalidParameter');
  });

  it('tells of limits', async () => {
    expect(await call('DescribeLiveDomainLimit', { DomainName: play })).toMatchObject({
      LiveDomainLimitList: { LiveDomainLimit: [{ DomainName: play, CurrentNum: 0, CurrentTranscodeNum: 0 }] },
    });
  });

  it('is told what is missing, wrong, foreign or unknown', async () => {
    const code = (action: string, input: object) => codeOf(call(action, input));
    expect(await code('AddLiveDomain', { DomainName: 'x.test', LiveDomainType: 'liveVideo' })).toBe('MissingParameter');
    expect(await code('AddLiveDomain', { DomainName: 'http://x.test', ...VIDEO })).toBe('InvalidParameter');
    expect(await code('AddLiveDomain', { DomainName: 'x.test', ...VIDEO, LiveDomainType: 'vod' })).toBe(
      'InvalidParameter',
    );
    expect(await code('DescribeLiveDomainDetail', { DomainName: 'nobody.test' })).toBe('InvalidDomain.NotFound');
    expect(await code('StopLiveDomain', { DomainName: 'nobody.test' })).toBe('InvalidDomain.NotFound');
    const set = (Functions: unknown, DomainNames = play) =>
      code('BatchSetLiveDomainConfigs', { DomainNames, Functions: JSON.stringify(Functions) });
    expect(await set('nothing')).toBe('InvalidParameter');
    expect(await set([functionOf('path_based_ttl_set', { ttl: '1' })])).toBe('InvalidParameter');
    expect(await set([functionOf('constructor', {})])).toBe('InvalidParameter');
    expect(await set([functionOf('aliauth', { auth_type: 'type_a', auth_key1: 'short' })])).toBe('InvalidParameter');
    expect(await set([functionOf('ali_ua', { ua: 'x', type: 'black' })], push)).toBe('InvalidParameter');
    expect(await set([functionOf('ip_black_list_set', { ip_list: '1.2.3.4' })], 'nobody.test')).toBe(
      'InvalidDomain.NotFound',
    );
  });

  it('knows a domain manager from a stranger', async () => {
    const grants = [{ role: 'domain-manager', resources: [`domain/${play}`] }];
    const manager = popClient(server, await newKey(server, grants));
    expect(await codeOf(manager('StopLiveDomain', { DomainName: play }))).toBe('none');
    expect(await codeOf(manager('StartLiveDomain', { DomainName: play }))).toBe('none');
    for (const action of ['StopLiveDomain', 'DescribeLiveDomainDetail', 'DeleteLiveDomain']) {
      expect(await codeOf(manager(action, { DomainName: sub }))).toBe('Forbidden');
    }
    const foreign = { DomainName: `new.${client}.test`, ...VIDEO };
    expect(await codeOf(manager('AddLiveDomain', foreign))).toBe('Forbidden');
    const steal = { PullDomain: play, PlayDomain: sub };
    expect(await codeOf(manager('AddLiveDomainPlayMapping', steal))).toBe('Forbidden');
    const { Domains } = (await manager('DescribeLiveUserDomains')) as Answer & {
      Domains: { PageData: { DomainName: string }[] };
    };
    expect(Domains.PageData.map(({ DomainName }) => DomainName)).toEqual([play, push]);
  });

  it('deletes domains, and keeps the push domain of a deleted streaming domain', async () => {
    await call('DeleteLiveDomain', { DomainName: play });
    expect((await domain(push)).name).toBe(push);
    expect(await codeOf(call('DescribeLiveDomainDetail', { DomainName: play }))).toBe('InvalidDomain.NotFound');
    for (const DomainName of [push, sub]) await call('DeleteLiveDomain', { DomainName });
    const { hosts } = await server.api<Hosts>('/hosts');
    expect(hosts.map(({ host }) => host)).toEqual(['default']);
    const { streamRules } = await server.api<{ streamRules: unknown[] }>('/stream-rules');
    expect(streamRules).toEqual([]);
    const { callbacks } = await server.api<{ callbacks: unknown[] }>('/callbacks');
    expect(callbacks).toEqual([]);
  });
});
