import type { Rules } from '../rules/index.ts';

/** Who is shut out by the rules, ready for looking up. */
export class Revocations {
  readonly #untilByUid = new Map<string, number>();
  readonly #sessions = new Set<string>();
  readonly #streamKeys = new Set<string>();

  constructor(revoked: Rules['revoked']) {
    for (const entry of revoked) {
      if ('session' in entry) this.#sessions.add(entry.session);
      else if ('streamKey' in entry) this.#streamKeys.add(entry.streamKey);
      else this.#revokeUid(entry.uid, entry.before === undefined ? Number.POSITIVE_INFINITY : Date.parse(entry.before));
    }
  }

  /** `signedAtMs` is the signature's timestamp, or the time when the session's token was issued. */
  revokesUid(uid: string, signedAtMs: number): boolean {
    const untilMs = this.#untilByUid.get(uid);
    return untilMs !== undefined && signedAtMs < untilMs;
  }

  revokesSession(sessionId: string): boolean {
    return this.#sessions.has(sessionId);
  }

  revokesStreamKey(streamKeyId: string): boolean {
    return this.#streamKeys.has(streamKeyId);
  }

  #revokeUid(uid: string, untilMs: number): void {
    this.#untilByUid.set(uid, Math.max(untilMs, this.#untilByUid.get(uid) ?? Number.NEGATIVE_INFINITY));
  }
}
