import { type SignUrlOptions, signUrl } from '../../access/index.ts';
import type { CompiledRules, DomainRule, UrlAuth } from '../../rules/index.ts';
import { OperationError } from '../base/index.ts';
import { readStreamUrl, type Side } from './stream-url.ts';

export type Signing = Pick<SignUrlOptions, 'nowMs' | 'expiresInSeconds' | 'uid' | 'rand' | 'keyName'>;

export type SignedUrl = {
  readonly url: string;
  readonly side: Side;
  readonly domain: DomainRule;
  /** False where the domain lets everybody in, and the URL is as it was. */
  readonly isSigned: boolean;
  /** How long it is good from now. */
  readonly seconds: number;
};

/** The signing rule of one side of a domain. */
export const authOfSide = (domain: DomainRule, side: Side): UrlAuth =>
  side === 'publish' ? domain.push.auth : domain.play.auth;

/** Signs a push or play URL by the rule of the domain that its host leads to. */
export function signStreamUrl(
  url: string,
  rules: CompiledRules,
  { side: wanted, ...signing }: Signing & { readonly side?: Side | undefined },
): SignedUrl {
  const { side, domain } = readStreamUrl(url, rules, wanted);
  const auth = authOfSide(domain, side);
  const isSigned = auth.type !== 'no_auth';
  const what = side === 'publish' ? 'push' : 'play';
  if (isSigned && signing.keyName === 'backup' && auth.key2 === undefined) {
    const message = `the domain ${domain.name} has no backup key for ${what} URLs`;
    throw new OperationError(409, 'NO_BACKUP_KEY', message, 'Set key2, or sign with the main key.');
  }
  const seconds = signing.expiresInSeconds ?? auth.validitySeconds;
  return { url: signed(url, auth, signing), side, domain, isSigned, seconds };
}

/** The URL with a signature by this rule. */
export function signed(url: string, auth: UrlAuth, signing: Signing): string {
  try {
    return signUrl(url, auth, signing);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new OperationError(400, 'BAD_UID', error.message, 'A uid is any text without hyphens and blanks.');
  }
}
