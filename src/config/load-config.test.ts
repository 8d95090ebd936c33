import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError } from './config-error.ts';
import { CONFIG_KEYS } from './keys.ts';
import { loadConfig } from './load-config.ts';
import { redactConfig } from './redact-config.ts';
import { storageSettings } from './storage-settings.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'headwater-config-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(text: string): string {
  const path = join(folder, 'mine.yml');
  writeFileSync(path, text);
  return path;
}

const load = (text: string, env: Record<string, string> = {}) => loadConfig({ file: file(text), env, cwd: '/srv' });

function problems(text: string, env: Record<string, string> = {}) {
  try {
    load(text, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

const at = (value: unknown, path: readonly string[]) =>
  path.reduce<unknown>((here, name) => (here as Record<string, unknown>)[name], value);

describe('storages', () => {
  const bucket = '{ name: cloud-1, kind: s3, bucket: media }';

  it('has the recordings folder, and what the list adds or puts in its place', () => {
    expect(storageSettings(load(''))).toEqual([{ kind: 'folder', name: 'recordings', folder: '/srv/recordings' }]);
    const both = load(`storages: [{ name: a, kind: folder, folder: b }, ${bucket}]`);
    expect(storageSettings(both).slice(1)).toEqual([
      { kind: 'folder', name: 'a', folder: '/srv/b' },
      { kind: 's3', name: 'cloud-1', bucket: 'media', region: 'us-east-1', encryption: 'none', pathStyle: false },
    ]);
    const instead = load(`storages: [{ name: recordings, kind: s3, bucket: media }]`);
    expect(storageSettings(instead).map(({ kind }) => kind)).toEqual(['s3']);
  });

  it('takes credentials from the environment, and shows none of them', () => {
    const env = {
      HEADWATER_STORAGES_CLOUD_1_ACCESS_KEY_ID: 'id',
      HEADWATER_STORAGES_CLOUD_1_SECRET_ACCESS_KEY: 'very-secret',
      HEADWATER_STORAGES_CLOUD_1_SESSION_TOKEN: 'very-token',
    };
    const config = load(`storages: [${bucket}]`, env);
    const credentials = { accessKeyId: 'id', secretAccessKey: 'very-secret', sessionToken: 'very-token' };
    expect(storageSettings(config)[1]).toMatchObject({ credentials });
    expect(JSON.stringify(redactConfig(config))).not.toContain('very-');
    expect(problems('', env).map(({ message }) => message)).toEqual(Array(3).fill('no storage has this name'));
  });

  it.each([
    ['{ name: a, kind: folder, folder: b }, { name: a, kind: folder, folder: c }', 'storages[1].name'],
    ['{ name: A, kind: folder, folder: b }', 'storages[0].name'],
    ['{ name: a, kind: ftp, folder: b }', 'storages[0].kind'],
    ['{ name: a, kind: folder, folder: b, bucket: c }', 'storages[0].bucket'],
    ['{ name: a, kind: s3 }', 'storages[0].bucket'],
    ['{ name: a, kind: s3, bucket: "a/b" }', 'storages[0].bucket'],
    ['{ name: a, kind: s3, bucket: abc, prefix: a/../b }', 'storages[0].prefix'],
    ['{ name: a, kind: s3, bucket: abc, prefix: /a }', 'storages[0].prefix'],
    ['{ name: a, kind: s3, bucket: abc, prefix: a// }', 'storages[0].prefix'],
    ['{ name: a, kind: s3, bucket: abc, endpoint: "ftp://a" }', 'storages[0].endpoint'],
    ['{ name: a, kind: s3, bucket: abc, accessKeyId: a }', 'storages[0].secretAccessKey'],
    ['{ name: a, kind: s3, bucket: abc, secretAccessKey: a }', 'storages[0].accessKeyId'],
    ['{ name: a, kind: s3, bucket: abc, kmsKeyId: a }', 'storages[0].kmsKeyId'],
    ['{ name: a, kind: s3, bucket: abc, encryption: ROT13 }', 'storages[0].encryption'],
  ])('refuses %s', (list, key) => expect(problems(`storages: [${list}]`).map((each) => each.key)).toEqual([key]));
});

describe('loadConfig', () => {
  it('works with nothing at all', () => {
    const config = loadConfig({ env: {}, cwd: '/srv' });
    expect(config).toMatchObject({
      dataDir: '/srv/data',
      rtmp: { host: '::', port: 1935 },
      control: { host: '127.0.0.1' },
    });
    expect(Object.isFrozen(config) && Object.isFrozen(config.limits)).toBe(true);
  });

  it('lets the environment win over the file, and the file over the defaults', () => {
    const config = load('rtmp: { port: 2000 }\nplayback: { port: 2001 }', { HEADWATER_RTMP_PORT: '3000' });
    expect([config.rtmp.port, config.playback.port, config.control.port]).toEqual([3000, 2001, 8090]);
  });

  it('finds the file by HEADWATER_CONFIG, relative to cwd; --config wins', () => {
    file('nodeName: one');
    const env = { HEADWATER_CONFIG: 'mine.yml' };
    expect(loadConfig({ env, cwd: folder }).nodeName).toBe('one');
    writeFileSync(join(folder, 'other.yml'), 'nodeName: two');
    expect(loadConfig({ file: 'other.yml', env, cwd: folder }).nodeName).toBe('two');
  });

  const sample: Record<string, [string, unknown]> = {
    'media.roots': ['/mnt/nas,/srv/films', ['/mnt/nas', '/srv/films']],
    'workflows.allowedHosts': ['one.lan,two.lan', ['one.lan', 'two.lan']],
    'media.urls': ['private', 'private'],
    databaseUrl: ['postgres://u:p@h/d', 'postgres://u:p@h/d'],
    trustedProxies: ['10.0.0.0/8, ::1,', ['10.0.0.0/8', '::1']],
    'playback.workers': ['3', 3],
    'proxyProtocol.rtmp': ['on', 'on'],
    'proxyProtocol.playback': ['on', 'on'],
    countryHeader: ['CF-IPCountry', 'CF-IPCountry'],
    'log.level': ['warn', 'warn'],
    masterKey: [`${'A'.repeat(43)}=`, `${'A'.repeat(43)}=`],
    'control.totpRoles': ['admin, operator', ['admin', 'operator']],
    'control.secondPerson': ['auth-off, keys', ['auth-off', 'keys']],
    'audience.sessions': ['off', 'off'],
    'audience.addresses': ['whole', 'whole'],
    'transcode.encoder': ['vaapi', 'vaapi'],
    'tls.acme.directoryUrl': ['https://ca.test/d', 'https://ca.test/d'],
    'tls.acme.termsAgreed': ['yes', 'yes'],
    'metrics.bearerToken': ['0123456789abcdef', '0123456789abcdef'],
    'cluster.token': ['t'.repeat(32), 't'.repeat(32)],
    'cluster.standby': ['off', 'off'],
    'limits.gopSeconds': ['7.5', 7.5],
    'overload.cpuPercent': ['70', 70],
    'overload.eventLoopMs': ['250', 250],
    'overload.memoryPercent': ['70', 70],
    'overload.descriptorsPercent': ['70', 70],
    'shutdown.drainSeconds': ['7', 7],
    'shutdown.graceSeconds': ['60', 60],
    'usage.currency': ['EUR', 'EUR'],
    'jobs.concurrency': ['12', 12],
    'library.newAssets': ['review', 'review'],
    'library.trashDays': ['30', 30],
    'library.coldAfterDays': ['90', 90],
    'upload.publicUrl': ['https://up.test', 'https://up.test'],
    'upload.storage': ['recordings', 'recordings'],
    'upload.prefix': ['media/in/', 'media/in/'],
    'upload.idleHours': ['48', 48],
    'upload.fetchPrivate': ['on', 'on'],
    'vod.cdn.url': ['https://cdn.test', 'https://cdn.test'],
    'vod.cdn.authType': ['no_auth', 'no_auth'],
    'vod.cdn.storages': ['a, b', ['a', 'b']],
    'eventSinks.redis.url': ['rediss://cache.test:6379/1', 'rediss://cache.test:6379/1'],
    'eventSinks.nats.servers': ['nats://a.test:4222, tls://b.test', ['nats://a.test:4222', 'tls://b.test']],
    'eventSinks.nats.stream': ['EVENTS', 'EVENTS'],
    'eventSinks.nats.subject': ['live.events', 'live.events'],
  };
  const certificate = { HEADWATER_TLS_CERT_FILE: '/c', HEADWATER_TLS_KEY_FILE: '/k' };
  const node = { DATABASE_URL: 'postgres://u:p@h/d', HEADWATER_CLUSTER_TOKEN: 't'.repeat(32) };

  it.each(CONFIG_KEYS.filter(({ form }) => form !== 'none').map((key) => [key.env, key] as const))(
    '%s sets its key',
    (env, { path, form }) => {
      const [text, value] = sample[path.join('.')] ?? (form === 'number' ? ['1048577', 1048577] : ['/x', '/x']);
      const isPort = path.at(-1) === 'port';
      const variables = {
        ...(path[0] === 'tls' ? certificate : {}),
        ...(path[0] === 'cluster' ? node : {}),
        [env]: isPort ? '4321' : text,
      };
      expect(at(loadConfig({ env: variables, cwd: '/srv' }), path)).toEqual(isPort ? 4321 : value);
    },
  );

  it.each([
    [
      'DATABASE_URL wins over the file',
      'databaseUrl: postgres://file/d',
      { DATABASE_URL: 'postgres://env/d' },
      'databaseUrl',
      'postgres://env/d',
    ],
    [
      'HEADWATER_DATABASE_URL over both',
      '',
      { HEADWATER_DATABASE_URL: 'postgres://a/d', DATABASE_URL: 'postgres://b/d' },
      'databaseUrl',
      'postgres://a/d',
    ],
    ['FFMPEG_PATH comes after the file', 'ffmpegPath: /file', { FFMPEG_PATH: '/env' }, 'ffmpegPath', '/file'],
    ['FFMPEG_PATH counts alone', '', { FFMPEG_PATH: 'bin/ffmpeg' }, 'ffmpegPath', '/srv/bin/ffmpeg'],
    ['a command is no path', 'ffmpegPath: ffmpeg7', {}, 'ffmpegPath', 'ffmpeg7'],
    ['an empty variable is not set', 'nodeName: a', { HEADWATER_NODE_NAME: '' }, 'nodeName', 'a'],
    ['null in the file is not set', 'publicHost: null', {}, 'publicHost', null],
  ] as [string, string, Record<string, string>, string, unknown][])('%s', (_, text, env, key, value) => {
    expect(at(load(text, env), [key])).toBe(value);
  });

  it.each([
    ['an unknown key', 'rtpm: { port: 1 }', {}, 'rtpm', 'rtmp'],
    ['an unknown nested key', 'limits: { messageByte: 1 }', {}, 'limits.messageByte', 'messageBytes'],
    [
      'a key in a list',
      'tls: { certificates: [{ host: [a], certFile: a, keyFile: b }] }',
      {},
      'tls.certificates[0].host',
      'hosts',
    ],
    ['an unknown variable', '', { HEADWATER_RTMP_PROT: '1' }, 'HEADWATER_RTMP_PROT', 'HEADWATER_RTMP_PORT'],
    ['an unknown variable, near another', '', { HEADWATER_CONFG: 'x' }, 'HEADWATER_CONFG', 'HEADWATER_CONFIG'],
  ] as [string, string, Record<string, string>, string, string][])(
    'names the nearest neighbour of %s',
    (_, text, env, key, near) => {
      expect(problems(text, env)).toContainEqual(
        expect.objectContaining({ key, nearest: near, message: expect.stringContaining(near) }),
      );
    },
  );

  it.each([
    ['a string for a number', 'rtmp: { port: "1935" }', {}, 'rtmp.port', /number/],
    ['a boolean for on', 'proxyProtocol: { rtmp: true }', {}, 'proxyProtocol.rtmp', /one of off, on/],
    ['a port out of range', 'rtmp: { port: 70000 }', {}, 'rtmp.port', /65535/],
    ['letters for a number', '', { HEADWATER_RTMP_PORT: '1935x' }, 'HEADWATER_RTMP_PORT', /digits/],
    ['a variable out of range', '', { HEADWATER_RTMP_PORT: '70000' }, 'HEADWATER_RTMP_PORT', /65535/],
    ['a bad network', 'trustedProxies: [10.0.0.0/99]', {}, 'trustedProxies[0]', /10\.0\.0\.0\/8/],
    ['a bad network in a variable', '', { HEADWATER_TRUSTED_PROXIES: 'ten' }, 'HEADWATER_TRUSTED_PROXIES', /network/],
    [
      'certificates from the environment',
      '',
      { HEADWATER_TLS_CERTIFICATES: 'a' },
      'HEADWATER_TLS_CERTIFICATES',
      /file/,
    ],
    ['two doors on one port', 'playback: { port: 8090 }', {}, 'control.port', /playback\.port/],
    ['a node without a database', `cluster: { port: 8095, token: ${'t'.repeat(32)} }`, {}, 'databaseUrl', /share one/],
    [
      'a node without a token',
      'cluster: { port: 8095 }\ndatabaseUrl: postgres://h/d',
      {},
      'cluster.token',
      /cluster.port/,
    ],
    [
      'a node with half a certificate',
      `cluster: { port: 8095, token: ${'t'.repeat(32)}, tls: { certFile: a } }`,
      { DATABASE_URL: 'postgres://h/d' },
      'cluster.tls.keyFile',
      /together/,
    ],
    ['a certificate without key', 'tls: { certFile: a }', {}, 'tls.keyFile', /certFile/],
    ['a key twice', 'nodeName: a\nnodeName: b', {}, '', /unique/],
    ['broken YAML', 'a: [1', {}, '', /YAML/],
    ['a list for a document', '- a', {}, '', /keys with values/],
    ['a database of another kind', 'databaseUrl: mysql://h', {}, 'databaseUrl', /postgres/],
  ] as [string, string, Record<string, string>, string, RegExp][])('refuses %s', (_, text, env, key, message) => {
    const found = problems(text, env);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ key, message: expect.stringMatching(message) });
  });

  it('names the file and the environment', () => {
    const source = file('rtpm: 1');
    expect(problems('rtpm: 1', { HEADWATER_X: '1' }).map((each) => each.source)).toEqual(['environment', source]);
    expect(problems('a: 1\nb: [').at(0)?.source).toBe(`${source}:2`);
  });

  it('says everything at once, and no secret', () => {
    const text = 'rtpm: 1\nmetrics: { bearerToken: s3cr3t }\nrtmp: { port: x }';
    const env = { HEADWATER_NODENAME: 'x', HEADWATER_LOG_LEVEL: 'loud', DATABASE_URL: 's3cr3t' };
    expect(problems(text, env)).toHaveLength(6);
    expect(() => load(text, env)).toThrow(/rtpm[\s\S]*mine|mine[\s\S]*rtpm/);
    expect(JSON.stringify(problems(text, env))).not.toContain('s3cr3t');
    expect(JSON.stringify(problems('metrics: { bearerToken: a }\ns3cr3t', {}))).not.toContain('s3cr3t');
  });

  it.each([
    ['/nowhere/at.yml', /no such file/],
    ['/', /directory/],
  ])('says what to do about %s', (path, message) => {
    expect(() => loadConfig({ file: path, env: {}, cwd: '/' })).toThrow(message);
  });
});

describe('redactConfig', () => {
  it.each([
    'postgres://me:s3cr3t@h/d',
    'postgres://me:a@s3cr3t@h/d',
    'postgres://h/d?password=s3cr3t',
    'postgres://me:s3cr3t/@h',
  ])('hides the secrets of %s', (databaseUrl) => {
    const config = load('metrics: { bearerToken: s3cr3ts3cr3ts3cr3t }', { DATABASE_URL: databaseUrl });
    const shown = redactConfig(config);
    expect(JSON.stringify(shown)).not.toContain('s3cr3t');
    expect(shown).toMatchObject({ rtmp: { port: 1935 }, metrics: { port: 0 } });
  });
});
