import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { randomBase62, type SecretBox } from '../../store/index.ts';
import { UploadError } from './upload-error.ts';

/** So long OSS credentials of an upload are valid, as ApsaraVideo's are. */
export const CREDENTIAL_SECONDS = 3000;
/** What access keys of ours never begin with. */
export const TEMPORARY_KEY = 'STS.';

const PLACE = 'upload credentials';
const TOKEN_PLACE = 'upload token';

const claims = z.object({
  key: z.string(),
  secret: z.string(),
  /** Who gave them away. */
  owner: z.string(),
  storage: z.string(),
  /** The one object they are for, or what the names of objects begin with. */
  object: z.string().optional(),
  prefix: z.string().optional(),
  upload: z.string().optional(),
  endsMs: z.number(),
});

/** What credentials for a time are good for. */
export type CredentialScope = Pick<z.output<typeof claims>, 'owner' | 'storage' | 'object' | 'prefix' | 'upload'>;

/** What a client of OSS is given; its secret can be found again in the token, which only this server opens. */
export type Credentials = {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken: string;
  readonly endsMs: number;
};

export type KnownCredentials = CredentialScope & { readonly secret: string };

/** Credentials for a time, and tokens for tus: sealed with the master key, so that every node of a database opens them. */
export class UploadCredentials {
  readonly #box: SecretBox;
  readonly #wallMs: () => number;

  constructor(box: SecretBox, wallMs: () => number) {
    this.#box = box;
    this.#wallMs = wallMs;
  }

  issue(scope: CredentialScope, seconds = CREDENTIAL_SECONDS): Credentials {
    const accessKeyId = `${TEMPORARY_KEY}${randomBase62(24)}`;
    const accessKeySecret = randomBytes(30).toString('base64url');
    const endsMs = Math.floor(this.#wallMs() / 1000 + seconds) * 1000;
    const text = JSON.stringify({ ...scope, key: accessKeyId, secret: accessKeySecret, endsMs });
    return { accessKeyId, accessKeySecret, securityToken: this.#box.seal(text, PLACE), endsMs };
  }

  /** Throws UPLOAD_TOKEN_INVALID and UPLOAD_TOKEN_EXPIRED. */
  open(accessKeyId: string, securityToken: string): KnownCredentials {
    const read = claims.safeParse(this.#opened(securityToken, PLACE)).data;
    if (read?.key !== accessKeyId) throw invalid();
    this.#checkTime(read.endsMs);
    return read;
  }

  /** For tus: it is good for one upload. */
  token(upload: string, endsMs: number): string {
    return this.#box.seal(JSON.stringify({ upload, endsMs }), TOKEN_PLACE);
  }

  /** The upload that a token is good for; throws as `open` does. */
  uploadOf(token: string): string {
    const schema = z.object({ upload: z.string(), endsMs: z.number() });
    const read = schema.safeParse(this.#opened(token, TOKEN_PLACE)).data;
    if (!read) throw invalid();
    this.#checkTime(read.endsMs);
    return read.upload;
  }

  #opened(sealed: string, place: string): unknown {
    try {
      return JSON.parse(this.#box.open(sealed, place));
    } catch {
      // Whatever is wrong with it, whoever shows it learns no more.
      return undefined;
    }
  }

  #checkTime(endsMs: number): void {
    if (endsMs > this.#wallMs()) return;
    const remedy = 'Ask for new credentials (refreshUpload); what has come so far stays.';
    throw new UploadError('UPLOAD_TOKEN_EXPIRED', 'the credentials of the upload have expired', remedy);
  }
}

function invalid(): UploadError {
  const remedy = 'Use them as createUpload or refreshUpload gave them.';
  return new UploadError('UPLOAD_TOKEN_INVALID', 'the credentials of the upload are not of this server', remedy);
}
