import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { HIDDEN, halfSchema } from '../rules/index.ts';
import { documentText, readDocument } from './rules-document.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headwater-document-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function read(text: string, env: NodeJS.ProcessEnv = {}) {
  const file = join(folder, 'rules.yml');
  await writeFile(file, text);
  return (await readDocument(file, env)).rules;
}

const withKey = (key: string) => `format: 1\nrules: { streamKeys: [{ id: a, key: ${key} }] }\n`;

describe('a document of rules', () => {
  it('has references in the places of secrets, and is read again as the same rules with what is stored', async () => {
    const half = halfSchema.parse({
      domains: [
        { name: 'a.test', play: { auth: { type: 'type_a', key1: 'key-of-play' } } },
        { name: 'b.test', push: { remoteAuth: { url: 'http://user:word@auth.test/' } } },
        { name: 'c.test', push: { remoteAuth: { url: 'http://auth.test/' } } },
      ],
    });
    const text = documentText(half, []);
    expect(text).not.toMatch(/key-of-play|word/);
    expect(parse(text)).toEqual({
      format: 1,
      rules: {
        domains: [
          { name: 'a.test', play: { auth: { type: 'type_a', key1: { secret: 'stored' } } } },
          { name: 'b.test', push: { remoteAuth: { url: { secret: 'stored' } } } },
          { name: 'c.test', push: { remoteAuth: { url: 'http://auth.test/' } } },
        ],
      },
      users: [],
    });
    expect(await read(text)).toMatchObject({ domains: [{ play: { auth: { key1: HIDDEN } } }, {}, {}] });
  });

  it('has users by their names, without what is so in any case', async () => {
    const everywhere = { grants: [{ role: 'monitor', resources: ['*'] }], statements: [], isEnabled: true };
    const zoe = { name: 'zoe', hasPassword: true, ...everywhere };
    const ann = { ...everywhere, name: 'ann', grants: [{ role: 'operator', resources: ['live.test/*'] }] };
    const denied = [{ effect: 'deny', actions: ['users:read'], resources: ['*'] }];
    const bob = { name: 'bob', grants: [], statements: denied, isEnabled: false };
    expect(parse(documentText(halfSchema.parse({}), [zoe, bob, ann])).users).toEqual([
      { name: 'ann', grants: [{ role: 'operator', resources: ['live.test/*'] }] },
      { name: 'bob', grants: [], statements: denied, isEnabled: false },
      { name: 'zoe', grants: [{ role: 'monitor' }] },
    ]);
  });

  it('takes secrets from the environment and from files', async () => {
    await writeFile(join(folder, 'key'), 'key-of-the-file\n');
    const named = { KEY: 'key-of-the-environment' };
    expect(await read(withKey('{ secret: env:KEY }'), named)).toEqual({ streamKeys: [{ id: 'a', key: named.KEY }] });
    expect(await read(withKey('{ secret: file:key }'))).toEqual({ streamKeys: [{ id: 'a', key: 'key-of-the-file' }] });
  });

  it.each([
    [withKey('{ secret: env:NONE }'), 'streamKeys.0.key: NONE is not set'],
    [withKey('{ secret: file:none }'), 'cannot be read'],
    [withKey('{ secret: vault:x }'), 'vault:x is no reference'],
    ['format: 1\nrules: { streamKeys: [{ id: { secret: stored } }] }', 'streamKeys.0.id is no place of a secret'],
    ['rules: {}', 'no format: 1'],
    ['format: 1\nrules: {}\nuser: []', 'unknown key user'],
    ['format: [', 'rules.yml'],
  ])('refuses %j', async (text, words) => {
    await expect(read(text)).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining(words) });
  });
});
