import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { decodeBatch } from './decode-batch.ts';
import type { KeyFrame } from './key-frame.ts';

const folders: string[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

const frame: KeyFrame = {
  ...{ format: 'h264', group: '', size: { width: 64, height: 64 }, tile: { width: 32, height: 32 } },
  ...{ colours: { matrix: 'bt709', isFullRange: false }, bytes: Uint8Array.of(0, 0, 0, 1, 0x65) },
};

it('gives a decoder of what publishers send nothing of what the server knows', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'headwater-decode-'));
  folders.push(folder);
  const ffmpegPath = join(folder, 'ffmpeg');
  await writeFile(ffmpegPath, `#!/bin/sh\nenv > ${folder}/env\n`);
  await chmod(ffmpegPath, 0o755);
  vi.stubEnv('HEADWATER_MASTER_KEY', 'a secret');
  vi.stubEnv('DATABASE_URL', 'postgres://a:secret@db/x');
  const options = { ffmpegPath, colourTool: 'scale', quality: 5, timeoutMs: 30_000 } as const;
  await expect(decodeBatch([frame], { ...options, signal: new AbortController().signal })).rejects.toThrow(
    '0 pictures',
  );
  const env = await readFile(join(folder, 'env'), 'utf8');
  expect(env).toContain('PATH=');
  expect(env).not.toMatch(/secret|DATABASE_URL|HEADWATER/);
});
