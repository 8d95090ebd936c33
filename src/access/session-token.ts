import { createHmac, timingSafeEqual } from 'node:crypto';

/** Secrets of at least 16 bytes; tokens made with `previous` stay valid until they expire. */
export type SessionTokenKeys = { readonly current: Uint8Array; readonly previous?: Uint8Array };

export type SessionBinding = { readonly domain: string; readonly app: string; readonly stream: string };

export type SessionGrant = SessionBinding & {
  readonly sessionId: string;
  readonly uid?: string;
  /** The key that the admitting URL was signed with: the token says which it was without giving it away. */
  readonly signingKey?: string | undefined;
  /** What the player calls its viewing: 16 hex digits. */
  readonly viewing?: string | undefined;
  readonly issuedAtMs: number;
  /** Rounded up to the second. */
  readonly expiresAtMs: number;
};

export type SessionTokenResult =
  | {
      readonly ok: true;
      readonly sessionId: string;
      readonly uid?: string;
      /** As `signingKeyId` gives it; absent when the URL needed no signature. */
      readonly signingKeyId?: string;
      readonly viewing?: string;
      readonly issuedAtMs: number;
      readonly expiresAtMs: number;
    }
  | { readonly ok: false; readonly reason: 'malformed' | 'expired' | 'mismatch' };

/** `{issued}.{expires}.{session}.{uid}.{signing key}[.{viewing}].{mac}`, all characters unreserved in URLs. */
const TOKEN =
  /^([0-9a-z]{1,9})\.([0-9a-z]{1,9})\.([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{0,700})\.([A-Za-z0-9_-]{0,8})(?:\.([0-9a-f]{16}))?\.([A-Za-z0-9_-]{22})$/;
const MAC_BYTES = 16;

/** Issues and checks the tokens that HLS sessions carry in their URLs. */
export class SessionTokens {
  readonly #keys: SessionTokenKeys;

  constructor(keys: SessionTokenKeys) {
    for (const key of [keys.current, keys.previous]) {
      if (key !== undefined && key.length < 16) throw new RangeError('a session token key needs 16 bytes or more');
    }
    this.#keys = keys;
  }

  issue(grant: SessionGrant): string {
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(grant.sessionId)) throw new RangeError('a session id is 1-64 of A-Za-z0-9_-');
    const issued = Math.floor(grant.issuedAtMs / 1000).toString(36);
    const expires = Math.ceil(grant.expiresAtMs / 1000).toString(36);
    const uid = Buffer.from(grant.uid ?? '').toString('base64url');
    const signingKey = grant.signingKey === undefined ? '' : this.signingKeyId(grant.signingKey);
    const viewing = grant.viewing === undefined ? '' : `.${grant.viewing}`;
    const head = `${issued}.${expires}.${grant.sessionId}.${uid}.${signingKey}${viewing}`;
    return `${head}.${mac(this.#keys.current, head, grant).toString('base64url')}`;
  }

  /** Names a domain's signing key: 48 bits of an HMAC. */
  signingKeyId(key: string): string {
    const digest = createHmac('sha256', this.#keys.current).update(`headwater-signing-key-1\n${key}`).digest();
    return digest.subarray(0, 6).toString('base64url');
  }

  verify(token: string, asked: SessionBinding, nowMs: number): SessionTokenResult {
    const [, issued = '', expires = '', sessionId = '', uid = '', signingKeyId = '', viewing, given] =
      TOKEN.exec(token) ?? [];
    if (given === undefined) return { ok: false, reason: 'malformed' };
    const head = token.slice(0, -given.length - 1);
    if (!this.#isOurs(head, given, asked)) return { ok: false, reason: 'mismatch' };
    const expiresAtMs = Number.parseInt(expires, 36) * 1000;
    if (nowMs > expiresAtMs) return { ok: false, reason: 'expired' };
    const issuedAtMs = Number.parseInt(issued, 36) * 1000;
    return {
      ok: true,
      sessionId,
      issuedAtMs,
      expiresAtMs,
      ...(uid === '' ? {} : { uid: Buffer.from(uid, 'base64url').toString() }),
      ...(signingKeyId === '' ? {} : { signingKeyId }),
      ...(viewing === undefined ? {} : { viewing }),
    };
  }

  #isOurs(head: string, given: string, claim: SessionBinding): boolean {
    const bytes = Buffer.from(given, 'base64url');
    // One spelling per token: base64url has spare bits in its last character.
    if (bytes.length !== MAC_BYTES || bytes.toString('base64url') !== given) return false;
    const { current, previous } = this.#keys;
    if (timingSafeEqual(bytes, mac(current, head, claim))) return true;
    return previous !== undefined && timingSafeEqual(bytes, mac(previous, head, claim));
  }
}

function mac(key: Uint8Array, head: string, { domain, app, stream }: SessionBinding): Buffer {
  const bound = JSON.stringify(['headwater-session-1', domain, app, stream, head]);
  return createHmac('sha256', key).update(bound).digest().subarray(0, MAC_BYTES);
}
