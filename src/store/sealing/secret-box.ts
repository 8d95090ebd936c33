import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import { StoreError } from '../base/index.ts';

const IV_BYTES = 12;
const TAG_BYTES = 16;
const FORM = /^v1\.([0-9a-f]{16})\.([\w-]{16})\.([\w-]+)$/;

/** Keys of 32 bytes: the first seals, the others open what was sealed before them. */
export type MasterKeys = readonly [Uint8Array, ...Uint8Array[]];

/** Seals secrets for the database and for files (AES-256-GCM): `v1.<key id>.<iv>.<ciphertext and tag>`. */
export class SecretBox {
  readonly #keys: ReadonlyMap<string, Uint8Array>;
  readonly #current: { readonly id: string; readonly key: Uint8Array };

  constructor(keys: MasterKeys) {
    this.#keys = new Map(keys.map((key) => [keyId(key), key]));
    this.#current = { id: keyId(keys[0]), key: keys[0] };
  }

  /** `place` says what the secret is and whose: sealed text that was moved to another place does not open there. */
  seal(text: string, place: string): string {
    const { id, key } = this.#current;
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(place));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `v1.${id}.${iv.toString('base64url')}.${sealed.toString('base64url')}`;
  }

  /** Throws MASTER_KEY_UNKNOWN or SEALED_DAMAGED. */
  open(sealed: string, place: string): string {
    const [, id = '', iv = '', rest = ''] = FORM.exec(sealed) ?? [];
    const key = this.#keys.get(id);
    if (key === undefined) {
      const message = 'a secret was sealed with a master key that is not here';
      throw new StoreError('MASTER_KEY_UNKNOWN', message, 'Bring back the master key (masterKey, or master.key).');
    }
    const bytes = Buffer.from(rest, 'base64url');
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64url'))
        .setAAD(Buffer.from(place))
        .setAuthTag(bytes.subarray(-TAG_BYTES));
      return decipher.update(bytes.subarray(0, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
    } catch (cause) {
      const message = 'a sealed secret was changed or moved';
      throw new StoreError('SEALED_DAMAGED', message, 'Make the secret anew, or restore a backup.', cause);
    }
  }

  /** The same for the same text, from which nobody without the key learns or tries out what it was; 128 bits. */
  fingerprint(text: string): string {
    const key = createHmac('sha256', this.#current.key).update('fingerprint').digest();
    return createHmac('sha256', key).update(text).digest('base64url').slice(0, 22);
  }

  /** Sealed with the first key; itself where it is already. */
  reseal(sealed: string, place: string): string {
    return sealed.startsWith(`v1.${this.#current.id}.`) ? sealed : this.seal(this.open(sealed, place), place);
  }
}

function keyId(key: Uint8Array): string {
  return createHash('sha256').update('headwater master key').update(key).digest('hex').slice(0, 16);
}
