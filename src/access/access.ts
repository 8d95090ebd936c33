import type { Dispatcher } from 'undici';
import { aliasesOf, aliasKeyOf, hostOf, type RemoteAuthRule, type Rules } from '../rules/index.ts';
import type { AddressRates } from './address-rates.ts';
import type { KeyName } from './auth-key.ts';
import type { Block } from './block-list.ts';
import { clientChecks } from './client-checks.ts';
import { checkCredentials } from './credentials.ts';
import { type Explanation, explainSteps, remoteStep, withBlock } from './explain.ts';
import { RemoteAuth } from './remote-auth.ts';
import type { FetchRemote } from './remote-request.ts';
import {
  type AccessRequest,
  type AccessRules,
  type CountryOf,
  isPublish,
  type PlayRequest,
  type PublishRequest,
} from './request.ts';
import { Revocations } from './revocations.ts';
import { type SessionTokenKeys, SessionTokens } from './session-token.ts';
import { type SharedSignatures, SingleUse } from './single-use.ts';
import { type Admission, blocked, type Refusal, refusal, type Verdict } from './verdict.ts';
import { viewingIn } from './viewing-id.ts';

export type AccessOptions = {
  /** The rules in force, asked at every request. */
  readonly rules: () => AccessRules;
  readonly nowMs: () => number;
  readonly sessionTokenKeys: SessionTokenKeys;
  readonly fetchRemote?: FetchRemote;
  /** Carries the questions to authentication servers; the caller closes it. Left out: connections of its own. */
  readonly remoteAgent?: Dispatcher;
  /** What the authentication servers call this node. */
  readonly nodeName?: string;
  /** An authentication server in the form of SRS does not take `on_stop`; said once until it does. */
  readonly onStopUntold?: (url: string) => void;
  readonly countryOf?: CountryOf;
  /** Counts refusals, so that nobody can go on guessing. */
  readonly refusals?: AddressRates;
  /** The block of a stream that nobody may publish now. */
  readonly blockOf?: (stream: Pick<Block, 'domain' | 'app' | 'stream'>) => Block | undefined;
  /** How many signatures `singleUse` remembers; above it new ones are refused. */
  readonly singleUseCapacity?: number;
  /** What other nodes know of used signatures, and this one did before a restart. */
  readonly sharedSignatures?: SharedSignatures | undefined;
};

/** A session that is open already and is checked again. */
export type OpenSession = { readonly openedAtMs: number; readonly sessionId?: string };

const TOO_MANY_REFUSALS = refusal('LIMIT', {
  reason: 'too many requests from this address were refused',
  remedy: 'Wait a minute, and find out which program there has no right key.',
});

/** Decides who may publish and who may play. Opens no socket but to the authentication servers that rules name. */
export class Access {
  readonly #options: AccessOptions;
  readonly #countryOf: CountryOf;
  readonly #sessionTokens: SessionTokens;
  readonly #singleUse: SingleUse;
  /** Whoever was let in by using a signature up. */
  readonly #usedUp = new WeakSet<Admission>();
  readonly #remoteAuth: RemoteAuth;
  readonly #revocations = new WeakMap<Rules['revoked'], Revocations>();

  constructor(options: AccessOptions) {
    this.#options = options;
    this.#countryOf = options.countryOf ?? (() => undefined);
    this.#sessionTokens = new SessionTokens(options.sessionTokenKeys);
    this.#singleUse = new SingleUse({ capacity: options.singleUseCapacity ?? 500_000, nowMs: options.nowMs });
    this.#remoteAuth = new RemoteAuth(options.fetchRemote, options.remoteAgent, options.onStopUntold);
  }

  async publish(request: PublishRequest): Promise<Verdict> {
    if (this.#options.refusals?.isUsedUp(request.address)) return TOO_MANY_REFUSALS;
    return this.#counted(request, await this.#decidePublish(request));
  }

  /**
   * Answers at once unless the domain has remote authentication, or a `singleUse` whose signatures are shared. Such a
   * signature is used up by a yes.
   */
  play(request: PlayRequest): Verdict | Promise<Verdict> {
    if (this.#options.refusals?.isUsedUp(request.address)) return TOO_MANY_REFUSALS;
    const verdict = this.#decidePlay(request);
    if (verdict instanceof Promise) return verdict.then((each) => this.#counted(request, each));
    return this.#counted(request, verdict);
  }

  /** What only the server's own limits forbid is no guess. */
  #counted({ address }: AccessRequest, verdict: Verdict): Verdict {
    if (!verdict.allowed && verdict.status === 403) this.#options.refusals?.take(address);
    return verdict;
  }

  async #decidePublish(request: PublishRequest): Promise<Verdict> {
    const verdict = this.#local(request);
    const rule = request.domain.push.remoteAuth;
    return verdict.allowed && rule !== undefined ? this.#askRemote(rule, request, verdict) : verdict;
  }

  #decidePlay(request: PlayRequest): Verdict | Promise<Verdict> {
    const verdict = this.#local(request);
    const rule = request.domain.play.remoteAuth;
    if (!verdict.allowed) return verdict;
    if (rule === undefined) return this.#useUp(request, verdict);
    return this.#askRemote(rule, request, verdict).then((asked) =>
      asked.allowed ? this.#useUp(request, asked) : asked,
    );
  }

  /** Checks a connection that is open: by the rules of now, except that its signature may have expired since. */
  recheck(request: AccessRequest, session: OpenSession): Verdict {
    if (session.sessionId !== undefined && this.#revoked().revokesSession(session.sessionId)) {
      return refusal('REVOKED', { reason: 'session revoked' });
    }
    const denied = this.#denied(request, true);
    if (denied !== undefined) return denied;
    return checkCredentials(request, this.#credentialContext(session.openedAtMs));
  }

  /** The token that an admitted HLS session carries in its URLs from here on. */
  issueSession(
    request: Pick<PlayRequest, 'domain' | 'app' | 'stream' | 'host' | 'query'>,
    session: {
      readonly sessionId: string;
      readonly uid?: string;
      /** Which of the domain's keys the URL was signed with: the session ends when that key goes. */
      readonly keyName?: KeyName | undefined;
    },
  ): { readonly token: string; readonly expiresAtMs: number } {
    const issuedAtMs = this.#options.nowMs();
    const expiresAtMs = issuedAtMs + request.domain.play.sessionSeconds * 1000;
    const { app, stream } = request;
    const { keyName, ...granted } = session;
    const token = this.#sessionTokens.issue({
      ...granted,
      signingKey: keyName && signingKeyOf(request, keyName, issuedAtMs),
      viewing: viewingIn(request.query),
      domain: request.domain.name,
      app,
      stream,
      issuedAtMs,
      expiresAtMs,
    });
    return { token, expiresAtMs };
  }

  /** Checks a request of an HLS session by its token. */
  playSession(request: PlayRequest, token: string): Verdict {
    const asked = { domain: request.domain.name, app: request.app, stream: request.stream };
    const session = this.#sessionTokens.verify(token, asked, this.#options.nowMs());
    if (!session.ok) return refusal(session.reason === 'expired' ? 'SESSION_EXPIRED' : 'SESSION_INVALID');
    const { sessionId, uid, expiresAtMs } = session;
    if (!this.#isKeyValid(request, session.signingKeyId)) {
      return refusal('REVOKED', { reason: 'signing key no longer valid' });
    }
    const revocations = this.#revoked();
    if (revocations.revokesSession(sessionId)) return refusal('REVOKED', { reason: 'session revoked' });
    if (uid !== undefined && revocations.revokesUid(uid, session.issuedAtMs)) {
      return refusal('REVOKED', { reason: 'uid revoked' });
    }
    const denied = this.#denied(request, true);
    if (denied !== undefined) return denied;
    const { viewing } = session;
    const admission: Admission = { allowed: true, sessionId, expiresAtMs, ...(viewing && { viewing }) };
    return uid === undefined ? admission : { ...admission, uid };
  }

  /** Checks a request whose permission another token gave: by the domain's lists, and whether its holder is shut out. */
  playBy(
    request: PlayRequest,
    holder: { readonly uid: string; readonly issuedAtMs: number; readonly isUnderWay: boolean },
  ): Verdict {
    const { uid, issuedAtMs, isUnderWay } = holder;
    const isRevoked = uid !== '' && this.#revoked().revokesUid(uid, issuedAtMs);
    if (isRevoked) return refusal('REVOKED', { reason: 'uid revoked' });
    return this.#denied(request, isUnderWay) ?? { allowed: true, ...(uid === '' ? {} : { uid }) };
  }

  /**
   * Gives back a `singleUse` signature whose session did not come about, as when the stream was not live. To be waited for
   * where it gives something: whoever is told may ask another node at once.
   */
  release(admission: Admission): Promise<void> | undefined {
    if (admission.signature === undefined || !this.#usedUp.delete(admission)) return undefined;
    this.#singleUse.release(admission.signature.id);
    return this.#options.sharedSignatures?.giveBack(admission.signature.id);
  }

  /** A viewer's session is over: hooks of SRS hear of it. */
  left(request: AccessRequest, sessionId: string): void {
    const rule = isPublish(request) ? undefined : request.domain.play.remoteAuth;
    if (rule !== undefined) this.#remoteAuth.left(rule, this.#subject({ ...request, sessionId }, 'play'));
  }

  /** The decision with all its steps; uses no signature up. A remote server is asked when all else lets in. */
  async explain(request: AccessRequest): Promise<Explanation> {
    const nowMs = this.#options.nowMs();
    const options = { countryOf: this.#countryOf, ...this.#credentialContext(nowMs), nowMs };
    const explained = await explainSteps(request, options, (id) => this.#isUsed(id));
    const block = isPublish(request) ? this.#blockOf(request) : undefined;
    const { verdict, steps } = block ? withBlock(explained, block) : explained;
    const rule = isPublish(request) ? request.domain.push.remoteAuth : request.domain.play.remoteAuth;
    if (rule === undefined || !verdict.allowed) return { verdict, steps };
    const asked = await this.#askRemote(rule, request, verdict);
    return { verdict: asked, steps: [...steps, remoteStep(asked)] };
  }

  async close(): Promise<void> {
    await this.#remoteAuth.close();
  }

  #local(request: AccessRequest): Verdict {
    const denied = this.#denied(request, false);
    if (denied !== undefined) return denied;
    const verdict = checkCredentials(request, this.#credentialContext(this.#options.nowMs()));
    const block = verdict.allowed && isPublish(request) ? this.#blockOf(request) : undefined;
    return block ? blocked(block) : verdict;
  }

  #blockOf({ domain, app, stream }: AccessRequest): Block | undefined {
    return this.#options.blockOf?.({ domain: domain.name, app, stream });
  }

  #denied(request: AccessRequest, isUnderWay: boolean): Refusal | undefined {
    for (const check of clientChecks(request, { countryOf: this.#countryOf, isUnderWay })) {
      if (check.refusal !== undefined) return check.refusal;
    }
    return undefined;
  }

  /** The key that let the session in must still be one of the domain's. */
  #isKeyValid({ domain }: PlayRequest, signingKeyId: string | undefined): boolean {
    const { type, key1, key2 } = domain.play.auth;
    if (type === 'no_auth') return true;
    const nowMs = this.#options.nowMs();
    const ofAliases = aliasesOf(domain).map(({ name }) => aliasKeyOf(domain, name, nowMs));
    return [key1, key2, ...ofAliases].some(
      (key) => key !== undefined && this.#sessionTokens.signingKeyId(key) === signingKeyId,
    );
  }

  async #isUsed(signatureId: string): Promise<boolean> {
    return this.#singleUse.isUsed(signatureId) || (await this.#options.sharedSignatures?.isTaken(signatureId)) === true;
  }

  #useUp(request: PlayRequest, admission: Admission): Verdict | Promise<Verdict> {
    const { signature, expiresAtMs } = admission;
    const isForOnce = request.domain.play.singleUse && request.isPassedOn !== true;
    if (!isForOnce || signature === undefined || expiresAtMs === undefined) return admission;
    const use = this.#singleUse.use(signature.id, expiresAtMs);
    if (use === 'again') return refusal('USED');
    if (use === 'full') return refusal('LIMIT', { reason: 'too many single-use signatures at once' });
    this.#usedUp.add(admission);
    const shared = this.#options.sharedSignatures?.take(signature.id, expiresAtMs);
    return shared === undefined ? admission : shared.then((isFirst) => this.#usedElsewhere(isFirst, admission));
  }

  /** Whoever used it may give it back, so that it is not remembered here. */
  #usedElsewhere(isFirst: boolean | undefined, admission: Admission): Verdict {
    if (isFirst !== false) return admission;
    this.#usedUp.delete(admission);
    this.#singleUse.release(admission.signature?.id ?? '');
    return refusal('USED');
  }

  async #askRemote(rule: RemoteAuthRule, request: AccessRequest, admission: Admission): Promise<Verdict> {
    const action = isPublish(request) ? 'publish' : 'play';
    const outcome = await this.#remoteAuth.ask(rule, this.#subject(request, action));
    if (outcome === 'pass') return admission;
    if (outcome === 'fail') return refusal('REMOTE_DENIED');
    if (outcome === 'unavailable') return refusal('REMOTE_UNAVAILABLE');
    return refusal('REMOTE_UNAVAILABLE', { reason: 'too many requests wait for the remote authentication server' });
  }

  #subject(request: AccessRequest, action: 'publish' | 'play') {
    return { ...request, action, domain: request.domain.name, server: this.#options.nodeName };
  }

  #credentialContext(signedForMs: number) {
    return { rules: this.#options.rules(), revocations: this.#revoked(), signedForMs };
  }

  #revoked(): Revocations {
    const { revoked } = this.#options.rules().rules;
    const known = this.#revocations.get(revoked);
    if (known !== undefined) return known;
    const revocations = new Revocations(revoked);
    this.#revocations.set(revoked, revocations);
    return revocations;
  }
}

function signingKeyOf(
  { domain, host = '' }: Pick<PlayRequest, 'domain' | 'host'>,
  keyName: KeyName,
  nowMs: number,
): string | undefined {
  if (keyName === 'alias') return aliasKeyOf(domain, hostOf(host), nowMs);
  return keyName === 'main' ? domain.play.auth.key1 : domain.play.auth.key2;
}
