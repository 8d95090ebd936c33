import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { SERVER } from '../identity/index.ts';
import { type SecretBox, StoreError } from '../store/index.ts';
import { type Operation, OperationError, operation } from './base/index.ts';

export type DataKeyDoor = { readonly box: Pick<SecretBox, 'seal' | 'open'> };

const PLACE = 'data key';
const KEY_BYTES = 16;
const dataKey = { keyId: z.string(), plaintext: z.string().describe('16 bytes in base64') };

/** Keys that operators give to players themselves: made, and opened again by whoever has what was sealed. */
export function dataKeyOperations({ box }: DataKeyDoor): readonly Operation[] {
  const all = { area: 'Media', method: 'post', action: 'play-tokens:issue', resource: () => SERVER } as const;
  return [
    operation({
      ...{ ...all, name: 'createDataKey', path: '/media/data-keys', status: 201 },
      summary: 'Makes a key of 128 bits for HLS that is encrypted with a key of your own; the server does not keep it',
      answer: z.strictObject({ ...dataKey, ciphertext: z.string().describe('The key, sealed by the master key') }),
      run: ({ done }) => {
        const plaintext = randomBytes(KEY_BYTES).toString('base64');
        const ciphertext = box.seal(plaintext, PLACE);
        done(SERVER, { made: true });
        return { keyId: keyIdOf(ciphertext), plaintext, ciphertext };
      },
    }),
    operation({
      ...{ ...all, name: 'openDataKey', path: '/media/data-keys/open' },
      summary: 'The key that was sealed',
      body: z.strictObject({ ciphertext: z.string().min(1).max(4096) }),
      answer: z.strictObject(dataKey),
      run: ({ body: { ciphertext } }) => ({ keyId: keyIdOf(ciphertext), plaintext: opened(box, ciphertext) }),
    }),
  ];
}

/** Which master key sealed it. */
const keyIdOf = (ciphertext: string): string => ciphertext.split('.')[1] ?? '';

function opened(box: DataKeyDoor['box'], ciphertext: string): string {
  try {
    return box.open(ciphertext, PLACE);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const remedy = 'Give the text that a key was made with, as it came.';
    throw new OperationError(400, 'DATA_KEY_UNKNOWN', 'this is no key that was sealed here', remedy);
  }
}
