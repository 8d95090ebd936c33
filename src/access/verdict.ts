import type { KeyName } from './auth-key.ts';
import type { Block } from './block-list.ts';

/** Why somebody is not let in. */
export type RefusalCode =
  | 'DOMAIN_STOPPED'
  | 'SIGNATURE_EXPIRED'
  | 'SIGNATURE_INVALID'
  | 'SIGNATURE_MISSING'
  | 'STREAM_KEY_INVALID'
  | 'SESSION_EXPIRED'
  | 'SESSION_INVALID'
  | 'IP_DENIED'
  | 'REFERER_DENIED'
  | 'USER_AGENT_DENIED'
  | 'COUNTRY_DENIED'
  | 'PROTOCOL_DENIED'
  | 'REMOTE_DENIED'
  | 'REMOTE_UNAVAILABLE'
  | 'REVOKED'
  | 'BLOCKED'
  | 'USED'
  | 'LIMIT'
  | 'EGRESS_LIMIT'
  | 'DRAINING'
  | 'OVERLOADED';

export type Refusal = {
  readonly allowed: false;
  readonly code: RefusalCode;
  /** The HTTP status that goes with it. */
  readonly status: 403 | 429 | 503;
  /** ApsaraVideo's words where it has some. Holds no key, signature or address. */
  readonly reason: string;
  /** One sentence that says what to do. */
  readonly remedy: string;
};

/** The signature that let somebody in; `id` names it in logs without giving it away. */
export type AcceptedSignature = {
  readonly id: string;
  readonly keyName: KeyName;
  readonly signedAtMs: number;
};

export type Admission = {
  readonly allowed: true;
  /** Absent when the signature has the customary `0`, which names nobody. */
  readonly uid?: string;
  /** When the signature or the session's token expires; a connection that is open goes on. */
  readonly expiresAtMs?: number;
  readonly streamKeyId?: string;
  readonly sessionId?: string;
  /** What the player calls its viewing, as the session's token says. */
  readonly viewing?: string;
  readonly signature?: AcceptedSignature;
};

export type Verdict = Admission | Refusal;

type RefusalText = { readonly status: Refusal['status']; readonly reason: string; readonly remedy: string };

const REFUSALS: Readonly<Record<RefusalCode, RefusalText>> = {
  DOMAIN_STOPPED: { status: 403, reason: 'the domain is stopped', remedy: "Set the domain's enabled to true." },
  SIGNATURE_EXPIRED: {
    status: 403,
    reason: 'INVALID TIMESTAMP',
    remedy: 'Sign the URL again, and check that the clock of the machine that signs is right.',
  },
  SIGNATURE_INVALID: {
    status: 403,
    reason: 'INVALID MD5HASH',
    remedy: "Sign the URL's exact path, with rendition suffix and extension, with this domain's main or backup key.",
  },
  SIGNATURE_MISSING: {
    status: 403,
    reason: 'INVALID AUTH_KEY',
    remedy: 'Use a signed URL: this domain lets nobody in without a signature.',
  },
  STREAM_KEY_INVALID: {
    status: 403,
    reason: 'stream key not known for this stream',
    remedy: 'Copy the stream key from the console again, or use a signed push URL.',
  },
  SESSION_EXPIRED: {
    status: 403,
    reason: 'session expired',
    remedy: 'Open the signed playlist URL again to start a new session.',
  },
  SESSION_INVALID: {
    status: 403,
    reason: 'session token not made for this stream',
    remedy: 'Open the playlist URL of this stream to start a session.',
  },
  IP_DENIED: { status: 403, reason: 'address not allowed', remedy: "Change the domain's ip list." },
  REFERER_DENIED: { status: 403, reason: 'referer not allowed', remedy: "Change the domain's referer list." },
  USER_AGENT_DENIED: { status: 403, reason: 'user agent not allowed', remedy: "Change the domain's userAgent list." },
  COUNTRY_DENIED: { status: 403, reason: 'country not allowed', remedy: "Change the domain's country list." },
  PROTOCOL_DENIED: {
    status: 403,
    reason: 'protocol not allowed',
    remedy: "Play through another protocol, or add this one to the domain's play.protocols.",
  },
  REMOTE_DENIED: {
    status: 403,
    reason: 'refused by the remote authentication server',
    remedy: 'Ask the operator of the authentication server why it refused.',
  },
  REMOTE_UNAVAILABLE: {
    status: 503,
    reason: 'the remote authentication server gave no usable answer',
    remedy: 'Check that the authentication server answers in time with a pass or fail code.',
  },
  REVOKED: { status: 403, reason: 'revoked', remedy: "Take the entry out of the rules' revoked list." },
  BLOCKED: {
    status: 403,
    reason: 'blocked',
    remedy: 'Wait until then, or ask the operator of the server to take the block away.',
  },
  USED: { status: 403, reason: 'signature already used', remedy: 'Sign a new URL: each opens one session here.' },
  EGRESS_LIMIT: {
    status: 503,
    reason: 'as much is sent to viewers as is allowed',
    remedy: 'Try again later, or raise limits.egressMbps in the rules.',
  },
  DRAINING: {
    status: 503,
    reason: 'this server is about to stop',
    remedy: 'Connect again: to another server, or to this one in a moment.',
  },
  OVERLOADED: {
    status: 503,
    reason: 'this server has no room for anybody new',
    remedy: 'Try again in a moment; those who are there are served.',
  },
  LIMIT: { status: 429, reason: 'limit reached', remedy: 'Try again later, or raise the limit in the rules.' },
};

/** The refusal of a publisher whose stream is blocked. */
export function blocked({ untilMs, reason }: Block): Refusal {
  return refusal('BLOCKED', { reason: `blocked until ${new Date(untilMs).toISOString()}: ${reason}` });
}

/** The refusal for a code; `reason` and `remedy` replace the usual text where the case says more. */
export function refusal(code: RefusalCode, text: { readonly reason?: string; readonly remedy?: string } = {}): Refusal {
  return { allowed: false, code, ...REFUSALS[code], ...text };
}
