import { createHash, timingSafeEqual } from 'node:crypto';
import { aliasKeyOf, hostOf, type UrlAuth } from '../rules/index.ts';
import type { SignatureResult } from './auth-key.ts';
import { queryValue } from './query.ts';
import { type AccessRequest, type AccessRules, isPublish } from './request.ts';
import type { Revocations } from './revocations.ts';
import { signatureId, verifyUrl } from './url-signature.ts';
import { type Admission, type Refusal, refusal, type Verdict } from './verdict.ts';

export type CredentialContext = {
  readonly rules: AccessRules;
  readonly revocations: Revocations;
  /** When the signature must have been valid: now, or when a session that is checked again was opened. */
  readonly signedForMs: number;
};

/** Checks the signature, and for publishers the lasting stream key: either one lets in. */
export function checkCredentials(request: AccessRequest, context: CredentialContext): Verdict {
  const auth = authOf(request);
  if (auth.type === 'no_auth') return { allowed: true };
  const key = isPublish(request) && request.domain.push.streamKeys ? queryValue(request.query, 'key') : undefined;
  const signature = checkSignature(request, auth, context);
  if (key === undefined || signature.allowed) return signature;
  const byKey = checkStreamKey(request, key, context);
  return byKey.allowed || signature.code === 'SIGNATURE_MISSING' ? byKey : signature;
}

/** The signing rule of the side that the request is on. */
export function authOf(request: AccessRequest): UrlAuth {
  return isPublish(request) ? request.domain.push.auth : request.domain.play.auth;
}

/** ApsaraVideo's reasons as refusals. */
export function signatureRefusal(result: Extract<SignatureResult, { ok: false }>): Refusal {
  const { reason } = result;
  if (reason !== 'INVALID TIMESTAMP') return refusal('SIGNATURE_INVALID', { reason });
  if (result.timestampSeconds !== undefined) return refusal('SIGNATURE_EXPIRED');
  return refusal('SIGNATURE_INVALID', { reason, remedy: 'Sign with the time in Unix seconds (ten digits).' });
}

/** By the domain's keys, or else by the one that the alias has which the client used. */
export function verifySignature(request: AccessRequest, auth: UrlAuth, nowMs: number): ReturnType<typeof verifyUrl> {
  const result = verifyUrl(request, auth, nowMs);
  if (result === 'missing' || result.ok || request.host === undefined) return result;
  const key1 = aliasKeyOf(request.domain, hostOf(request.host), nowMs);
  if (key1 === undefined) return result;
  const byAlias = verifyUrl(request, { ...auth, key1, key2: undefined }, nowMs);
  return byAlias !== 'missing' && byAlias.ok ? { ...byAlias, keyName: 'alias' } : result;
}

function checkSignature(request: AccessRequest, auth: UrlAuth, context: CredentialContext): Verdict {
  const result = verifySignature(request, auth, context.signedForMs);
  if (result === 'missing') return refusal('SIGNATURE_MISSING');
  if (!result.ok) return signatureRefusal(result);
  const signedAtMs = result.timestampSeconds * 1000;
  if (context.revocations.revokesUid(result.uid, signedAtMs)) return refusal('REVOKED', { reason: 'uid revoked' });
  const id = signatureId(request.domain.name, request, auth);
  const admission: Admission = {
    allowed: true,
    expiresAtMs: result.expiresAtMs,
    signature: { id, keyName: result.keyName, signedAtMs },
  };
  return namesSomebody(result.uid) ? { ...admission, uid: result.uid } : admission;
}

function checkStreamKey(request: AccessRequest, key: string, { rules, revocations }: CredentialContext): Verdict {
  const given = digest(key);
  const isGiven = (rule: { readonly key: string }) => timingSafeEqual(given, digest(rule.key));
  const allowed = rules.streamKeysFor(request.domain.name, request.app, request.stream);
  const found = allowed.find(isGiven);
  if (found !== undefined) return { allowed: true, streamKeyId: found.id };
  const isRevoked = rules.rules.streamKeys.some((rule) => revocations.revokesStreamKey(rule.id) && isGiven(rule));
  return isRevoked ? refusal('REVOKED', { reason: 'stream key revoked' }) : refusal('STREAM_KEY_INVALID');
}

function namesSomebody(uid: string): boolean {
  return uid !== '' && uid !== '0';
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
