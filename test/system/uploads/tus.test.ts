import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Upload } from 'tus-js-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Headwater } from '../../support/index.ts';
import { type Asked, askForUpload, bytesOf, settled, startUploadServer } from '../../support/uploads.ts';

let server: Headwater;
beforeAll(async () => {
  server = await startUploadServer();
});
afterAll(async () => void (await server?.stop()));

const bearer = ({ access }: Asked) => ({ Authorization: `Bearer ${access.tus.token}` });

function upload(asked: Asked, bytes: Buffer, options: Partial<ConstructorParameters<typeof Upload>[1]> = {}) {
  return new Promise<Upload>((resolve, reject) => {
    const each: Upload = new Upload(bytes, {
      ...{ endpoint: asked.access.tus.url, headers: bearer(asked), retryDelays: [0, 100, 500] },
      ...{ metadata: { filename: 'film.mp4', filetype: 'video/mp4' }, chunkSize: 1_000_000 },
      onError: reject,
      onSuccess: () => resolve(each),
      ...options,
    });
    each.start();
  });
}

describe('tus', () => {
  it('takes a file in chunks, and the library has it', async () => {
    const { bytes, sha256 } = bytesOf(3_500_000);
    const asked = await askForUpload(server, { sizeBytes: bytes.length, sha256 });
    await upload(asked, bytes);
    expect(await settled(server, asked.upload.id)).toMatchObject({
      state: 'done',
      receivedBytes: bytes.length,
      sha256,
    });
    const file = join(server.dataDir, '..', 'recordings', asked.upload.object);
    expect(bytes.equals(await readFile(file))).toBe(true);
  });
});
