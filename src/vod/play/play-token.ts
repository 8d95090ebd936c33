import { createHmac, timingSafeEqual } from 'node:crypto';

/** Secrets of at least 16 bytes; tokens made with `previous` stay valid until they expire. */
export type PlayTokenKeys = { readonly current: Uint8Array; readonly previous?: Uint8Array };

/** What somebody who holds a token may play. Times in ms since 1970. */
export type PlayGrant = {
  /** `auth` opens a session, `session` is in the addresses of media. */
  readonly kind: 'auth' | 'session';
  readonly asset: string;
  /** Whom it was made for, in the words of whoever asked; empty for anybody. */
  readonly viewer: string;
  /** Of a session, when the token was issued that opened it: revoking goes by it. */
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  /** Good from this address only. */
  readonly address?: string | undefined;
  /** Good on this playback domain only. */
  readonly domain?: string | undefined;
  /** Good for so much of the beginning only. */
  readonly previewSeconds?: number | undefined;
  /** Opened by a link for review, which leads to what is blocked, too. */
  readonly isReview?: boolean | undefined;
};

export type ReadToken =
  | { readonly ok: true; readonly grant: PlayGrant }
  | { readonly ok: false; readonly reason: 'malformed' | 'expired' };

const MAC_BYTES = 16;
const FORM = /^[A-Za-z0-9_-]{24,1500}$/;
const KINDS = ['auth', 'session'] as const;

/** Issues and reads the tokens that let somebody play an asset: in base64, good for URLs, sealed by the server's secret. */
export class PlayTokens {
  readonly #keys: PlayTokenKeys;

  constructor(keys: PlayTokenKeys) {
    for (const key of [keys.current, keys.previous]) {
      if (key !== undefined && key.length < 16) throw new RangeError('a key of play tokens needs 16 bytes or more');
    }
    this.#keys = keys;
  }

  issue(grant: PlayGrant): string {
    const { asset, viewer, issuedAtMs, expiresAtMs, address, domain, previewSeconds, isReview } = grant;
    const about = [KINDS.indexOf(grant.kind), asset, viewer, issuedAtMs, expiresAtMs];
    const bounds = [address ?? 0, domain ?? 0, previewSeconds ?? 0, isReview ? 1 : 0];
    const body = Buffer.from(JSON.stringify([...about, ...bounds]));
    return Buffer.concat([macOf(this.#keys.current, body), body]).toString('base64url');
  }

  /** Whoever asks must still compare asset, address and domain, and whether it was revoked. */
  read(token: string, nowMs: number): ReadToken {
    const bytes = FORM.test(token) ? Buffer.from(token, 'base64url') : Buffer.alloc(0);
    // One spelling per token: base64 has spare bits in its last character.
    if (bytes.length <= MAC_BYTES || bytes.toString('base64url') !== token) return { ok: false, reason: 'malformed' };
    const body = bytes.subarray(MAC_BYTES);
    if (!this.#isOurs(bytes.subarray(0, MAC_BYTES), body)) return { ok: false, reason: 'malformed' };
    const grant = grantOf(body.toString());
    return nowMs > grant.expiresAtMs ? { ok: false, reason: 'expired' } : { ok: true, grant };
  }

  /** Seals what a token lets somebody have of one file; 22 characters. */
  seal(token: string, what: string): string {
    return macOf(this.#keys.current, Buffer.from(JSON.stringify(['headwater-play-part-1', token, what]))).toString(
      'base64url',
    );
  }

  isSealed(token: string, what: string, seal: string): boolean {
    const [given, expected] = [Buffer.from(seal), Buffer.from(this.seal(token, what))];
    return given.length === expected.length && timingSafeEqual(given, expected);
  }

  #isOurs(mac: Uint8Array, body: Uint8Array): boolean {
    const { current, previous } = this.#keys;
    if (timingSafeEqual(mac, macOf(current, body))) return true;
    return previous !== undefined && timingSafeEqual(mac, macOf(previous, body));
  }
}

/** What is sealed was written by `issue`. */
function grantOf(body: string): PlayGrant {
  const [kind, asset, viewer, issuedAtMs, expiresAtMs, address, domain, preview, isReview] = JSON.parse(body);
  return {
    ...{ kind: KINDS[kind as 0 | 1], asset, viewer, issuedAtMs, expiresAtMs },
    ...(address === 0 ? {} : { address }),
    ...(domain === 0 ? {} : { domain }),
    ...(preview === 0 ? {} : { previewSeconds: preview }),
    ...(isReview === 1 ? { isReview: true } : {}),
  };
}

function macOf(key: Uint8Array, body: Uint8Array): Buffer {
  return createHmac('sha256', key).update('headwater-play-1\n').update(body).digest().subarray(0, MAC_BYTES);
}
