import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isSecretName } from '../log/index.ts';
import { readExplanations } from './explanations.ts';
import { CONFIG_KEYS } from './keys.ts';
import { listSettings } from './list-settings.ts';
import { loadConfigWithOrigins } from './load-config.ts';

const explanations = readExplanations(readFileSync(new URL('../../config/default.yml', import.meta.url), 'utf8'));

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'headwater-settings-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function settings(text: string, env: Record<string, string> = {}) {
  const file = join(folder, 'mine.yml');
  writeFileSync(file, text);
  const { config, origins } = loadConfigWithOrigins({ file, env, cwd: '/srv' });
  const all = listSettings(config, origins, explanations);
  return { all, of: (path: string) => all.find((each) => each.path === path) };
}

describe('listSettings', () => {
  it('explains every setting', () => {
    const { all } = settings('');
    expect(all.map(({ path }) => path)).toEqual(CONFIG_KEYS.map(({ path }) => path.join('.')));
    for (const { path, explanation, unit, value, ...rest } of all) {
      expect([path, explanation]).toEqual([path, expect.stringMatching(/^[A-Z].{10,}[.]$/)]);
      expect([path, unit]).toEqual([path, expect.stringMatching(/^\S/)]);
      expect([path, rest.from]).toEqual([path, 'default']);
    }
  });

  it('says who set what', () => {
    const env = { HEADWATER_RTMP_PORT: '1940', DATABASE_URL: 'postgres://here/db', FFMPEG_PATH: '/opt/ffmpeg' };
    const { of } = settings('rtmps: { port: 1937 }\nlog: { level: warn }', env);
    expect(of('rtmp.port')).toMatchObject({ value: 1940, default: 1935, from: 'environment' });
    expect(of('rtmp.port')).toMatchObject({ setBy: 'HEADWATER_RTMP_PORT', variable: 'HEADWATER_RTMP_PORT' });
    expect(of('databaseUrl')).toMatchObject({ from: 'environment', setBy: 'DATABASE_URL' });
    expect(of('ffmpegPath')).toMatchObject({ from: 'environment', setBy: 'FFMPEG_PATH' });
    expect(of('log.level')).toMatchObject({ value: 'warn', from: 'file' });
    expect(of('playback.port')).toMatchObject({ value: 8080, from: 'default' });
    expect(settings('ffmpegPath: ffmpeg', env).of('ffmpegPath')).toMatchObject({ value: 'ffmpeg', from: 'file' });
  });

  it('has no secret in it, wherever it comes from', () => {
    const secrets = {
      masterKey: 'bWFzdGVyLWtleS1vZi0zMi1ieXRlcy1zby1pdC1pczE',
      password: 'the-password-of-the-database',
      bearerToken: 'the-token-of-the-metrics',
      secretAccessKey: 'the-secret-of-the-bucket',
      fromVariable: 'the-other-secret-of-the-bucket',
      sessionToken: 'the-session-of-the-bucket',
    };
    const { all, of } = settings(
      `masterKey: ${secrets.masterKey}
metrics: { bearerToken: ${secrets.bearerToken} }
databaseUrl: postgres://me:${secrets.password}@db.example.com/live?password=${secrets.password}
storages:
  - { name: a, kind: s3, bucket: media, accessKeyId: id, secretAccessKey: ${secrets.secretAccessKey} }
  - { name: b, kind: s3, bucket: media, endpoint: "https://me:${secrets.password}@s3.example.com" }`,
      {
        HEADWATER_STORAGES_B_ACCESS_KEY_ID: 'id',
        HEADWATER_STORAGES_B_SECRET_ACCESS_KEY: secrets.fromVariable,
        HEADWATER_STORAGES_B_SESSION_TOKEN: secrets.sessionToken,
      },
    );
    const text = JSON.stringify(all);
    for (const secret of Object.values(secrets)) expect(text).not.toContain(secret);
    expect(of('databaseUrl')?.value).toMatch(/^postgres:\/\/me:.*@db\.example\.com\/live/);
    for (const name of ['masterKey', 'metrics.bearerToken']) {
      expect(of(name)).toMatchObject({ isSecret: true, isSet: true, from: 'file' });
    }
  });

  it('shows no value of a setting whose name is that of a secret', () => {
    for (const { path, isSecret, ...rest } of settings('').all) {
      expect([path, isSecret]).toEqual([path, isSecretName(path.split('.').at(-1) ?? '')]);
      if (isSecret) expect(rest).not.toHaveProperty('value');
    }
  });
});
