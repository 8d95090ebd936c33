import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { HEADWATER, start, tempDir } from '../../support/index.ts';
import { startOpenBucket } from '../../support/open-bucket.ts';
import { startSwift } from '../../support/swift.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

type Check = { readonly id: string; readonly status: string; readonly finding: string; readonly remedy?: string };

it('headwater doctor tries each storage, and warns of one that is open to strangers', async () => {
  const home = await tempDir('doctor');
  cleanups.push(home.remove);
  const swift = await startSwift();
  cleanups.push(swift.stop);
  const open = await startOpenBucket();
  cleanups.push(open.close);
  const { credentials, pathStyle: _, ...bucket } = swift.bucket;
  const s3 = { ...bucket, kind: 's3', pathStyle: 'on', ...credentials };
  const { accessKeyId: __, secretAccessKey: ___, ...withoutKeys } = s3;
  const storages = [
    { ...withoutKeys, name: 'swift-1', prefix: 'eu' },
    { ...s3, name: 'open', endpoint: open.endpoint },
    { ...s3, name: 'wrong-key', secretAccessKey: 'other' },
    { ...s3, name: 'away', endpoint: 'http://127.0.0.1:9' },
    { kind: 'folder', name: 'archive', folder: join(home.path, 'archive') },
    { kind: 'folder', name: 'new', folder: join(home.path, 'new') },
  ];
  await mkdir(join(home.path, 'archive'));
  await writeFile(join(home.path, 'mine.yml'), stringify({ storages }));
  const child = start(process.execPath, [...HEADWATER, 'doctor', '--json'], {
    cwd: home.path,
    env: {
      ...process.env,
      HEADWATER_CONFIG: 'mine.yml',
      HEADWATER_STORAGES_SWIFT_1_ACCESS_KEY_ID: credentials.accessKeyId,
      HEADWATER_STORAGES_SWIFT_1_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    },
  });
  expect(await child.exited).toBe(1);
  const { checks } = JSON.parse(child.stdout()) as { checks: Check[] };
  expect(child.stderr()).toBe('');
  const found = Object.fromEntries(checks.map((check) => [check.id, check]));
  const statuses = ['recordings', ...storages.map(({ name }) => name)].map((name) => {
    const { status, finding } = found[`storage.${name}`]!;
    return `${name} ${status}: ${finding.replaceAll(home.path, '~').replace(/[\d.]+ GB/, 'n GB')}`;
  });
  expect(statuses).toEqual([
    'recordings ok: ~/recordings (to be made), n GB free',
    `swift-1 ok: ${bucket.endpoint}, bucket headwater: written, read back, deleted`,
    `open warn: ${open.endpoint}, bucket headwater answers anyone without credentials (list, read)`,
    expect.stringMatching(/^wrong-key fail: .*SignatureDoesNotMatch \(403\)$/),
    expect.stringMatching(/^away fail: .*ECONNREFUSED$/),
    'archive ok: ~/archive: written, read back, deleted',
    'new ok: ~/new (to be made), n GB free',
  ]);
  expect(found['storage.away']?.remedy).toContain('endpoint');
  expect(child.stdout()).not.toContain(credentials.secretAccessKey);
  expect(await readdir(home.path)).not.toContain('recordings');
});
