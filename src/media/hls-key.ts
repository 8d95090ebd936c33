import { writeFile } from 'node:fs/promises';
import type { Encryption } from './task.ts';
import type { TranscodeTemplate } from './template/index.ts';
import { refused } from './template/index.ts';

/** Writes the key where FFmpeg finds it, and nobody else; it is not published. Returns the file that leads to it. */
export async function writeKey(
  encryption: Encryption,
  { container }: TranscodeTemplate,
  folder: string,
): Promise<string> {
  const { hexKey, keyUri, ivHex } = encryption;
  if (container !== 'm3u8')
    throw refused('Encryption.Type', 'is for m3u8 only', 'Use a template whose container is m3u8.');
  if (!/^[0-9a-f]{32}$/i.test(hexKey)) throw refused('Encryption.Key', 'must have 16 bytes', 'Give 16 random bytes.');
  if (ivHex !== undefined && !/^[0-9a-f]{32}$/i.test(ivHex))
    throw refused('Encryption.IV', 'must have 16 bytes', 'Correct it.');
  if (!/^[\x21-\x7e]{1,2048}$/.test(keyUri) || keyUri.includes('"')) {
    throw refused('Encryption.KeyUri', 'is no address', 'Give the address that players get the key from.');
  }
  const [key, info] = [`${folder}.key`, `${folder}.keyinfo`];
  await writeFile(key, Buffer.from(hexKey, 'hex'), { mode: 0o600 });
  await writeFile(info, `${keyUri}\n${key}\n${ivHex === undefined ? '' : `${ivHex}\n`}`, { mode: 0o600 });
  return info;
}
