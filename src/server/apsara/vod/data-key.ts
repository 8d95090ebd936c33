import { z } from 'zod';
import { type ActionCall, ApsaraError, action, hasStatus, type ServedAction, text } from '../base/index.ts';

type DataKey = { readonly keyId: string; readonly plaintext: string; readonly ciphertext: string };

/** Keys of encryption that operators keep: HLS is encrypted with them, and a server of theirs gives them to players. */
export const dataKeyActions: readonly ServedAction[] = [
  action({
    name: 'GenerateKMSDataKey',
    summary: 'Makes a key of 128 bits for EncryptConfig of SubmitTranscodeJobs',
    differs: 'CiphertextBlob is opened by this server only, whose master key seals it',
    input: z.object({}),
    run: async ({ ask }) => {
      const {
        keyId: KeyId,
        plaintext: Plaintext,
        ciphertext: CiphertextBlob,
      } = await ask<DataKey>('createDataKey', {});
      return { KeyId, Plaintext, CiphertextBlob };
    },
  }),
  action({
    name: 'DecryptKMSDataKey',
    summary: 'Opens a key that GenerateKMSDataKey made',
    input: z.object({ CipherText: text }),
    run: async ({ input: { CipherText }, ask }) => {
      const { keyId: KeyId, plaintext: Plaintext } = await keyOf(ask, CipherText);
      return { KeyId, Plaintext };
    },
  }),
];

export async function keyOf(ask: ActionCall['ask'], ciphertext: string): Promise<Omit<DataKey, 'ciphertext'>> {
  try {
    return await ask<DataKey>('openDataKey', { body: { ciphertext } });
  } catch (error) {
    if (!hasStatus(error, 400)) throw error;
    throw new ApsaraError(400, 'InvalidParameter.CipherText', 'The cipher text was not made by this server.');
  }
}
