import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTemplate } from '../../../src/media/index.ts';
import { makeFilm, openMediaTools } from '../../support/media.ts';
import { tempDir } from '../../support/temp-dir.ts';

const IS_ROOT = process.getuid?.() === 0;
let home: Awaited<ReturnType<typeof tempDir>>;
const mounted: string[] = [];

beforeAll(async () => {
  home = await tempDir('media-faults');
});
afterAll(async () => {
  for (const folder of mounted) execFileSync('umount', [folder]);
  await home.remove();
});

/** A disk of 600 kB. */
function smallDisk(name: string): string {
  const folder = join(home.path, name);
  mkdirSync(folder);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=600k', 'tmpfs', folder]);
  mounted.push(folder);
  return folder;
}

const large = parseTemplate({
  Container: { Format: 'm3u8' },
  Video: { Codec: 'H.264', Preset: 'ultrafast', Crf: '1' },
  MuxConfig: { Segment: { Duration: '1' } },
});
const films = async (tools: Awaited<ReturnType<typeof openMediaTools>>) =>
  makeFilm(join(tools.root, 'film.mp4'), { seconds: 4 });
const taskTo = (storage: string) => ({
  input: { file: 'film.mp4' },
  template: large,
  output: { storage, object: 'a/film.m3u8' },
});

describe.skipIf(!IS_ROOT)('a disk that is full', () => {
  it('of the storage fails with its code, and nothing of the output is left', async () => {
    const folder = smallDisk('storage');
    const media = await openMediaTools({ storages: [{ kind: 'folder', name: 'small', folder }] });
    await films(media);
    await expect(media.tools.transcode(taskTo('small'), await media.work())).rejects.toMatchObject({
      code: 'STORAGE_FULL',
    });
    expect(readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())).toEqual([]);
    await media.close();
  });

  it('of the work fails with its code', async () => {
    const folder = smallDisk('work');
    const media = await openMediaTools();
    await films(media);
    await expect(media.tools.transcode(taskTo('disk'), { folder })).rejects.toMatchObject({
      code: 'DISK_FULL',
      isFinal: false,
    });
    expect(readdirSync(media.disk)).toEqual([]);
    await media.close();
  });
});

describe('a bucket', () => {
  it('that says no, and one that is not there, fail with codes of their own', async () => {
    const denied = '<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>';
    const server = createServer((request, response) => {
      request.resume();
      response.writeHead(403, { 'content-type': 'application/xml' }).end(request.method === 'HEAD' ? '' : denied);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
    const bucket = { kind: 's3', region: 'x', bucket: 'films', pathStyle: true, credentials } as const;
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const media = await openMediaTools({
      storages: [
        { ...bucket, name: 'denied', endpoint },
        { ...bucket, name: 'away', endpoint: 'http://127.0.0.1:1' },
      ],
    });
    await films(media);
    await expect(media.tools.transcode(taskTo('denied'), await media.work())).rejects.toMatchObject({
      code: 'STORAGE_REFUSED',
    });
    const input = { storage: 'denied', object: 'film.mp4' };
    await expect(media.tools.probe(input, await media.work())).rejects.toMatchObject({ code: 'STORAGE_REFUSED' });
    await expect(media.tools.probe({ ...input, storage: 'away' }, await media.work())).rejects.toMatchObject({
      code: 'STORAGE_UNREACHABLE',
    });
    await expect(media.tools.probe({ ...input, storage: 'none' }, await media.work())).rejects.toMatchObject({
      code: 'STORAGE_UNKNOWN',
    });
    await media.close();
    await new Promise((resolve) => server.close(resolve));
  });
});
