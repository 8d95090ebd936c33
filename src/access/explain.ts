import type { UrlAuth } from '../rules/index.ts';
import type { Block } from './block-list.ts';
import { clientChecks } from './client-checks.ts';
import { authOf, type CredentialContext, checkCredentials, verifySignature } from './credentials.ts';
import { queryValue } from './query.ts';
import { type AccessRequest, type CountryOf, isPublish } from './request.ts';
import { resourcePath, type SignedRequest, verifyUrl } from './url-signature.ts';
import { blocked, refusal, type Verdict } from './verdict.ts';

/** One thing that was looked at. `detail` holds no key; it may hold the client's address. */
export type ExplanationStep = {
  readonly name:
    | 'domain'
    | 'protocol'
    | 'ip'
    | 'country'
    | 'referer'
    | 'userAgent'
    | 'signature'
    | 'streamKey'
    | 'block'
    | 'singleUse'
    | 'remoteAuth';
  readonly passed: boolean;
  readonly detail: string;
};

export type Explanation = { readonly verdict: Verdict; readonly steps: readonly ExplanationStep[] };

type ExplainContext = CredentialContext & { readonly countryOf: CountryOf; readonly nowMs: number };

/** Goes through all steps even after the first that refuses; the verdict is that of the first. */
export async function explainSteps(
  request: AccessRequest,
  context: ExplainContext,
  isUsed: (signatureId: string) => Promise<boolean>,
): Promise<Explanation> {
  const steps: ExplanationStep[] = [domainStep(request)];
  let verdict: Verdict = { allowed: true };
  for (const check of clientChecks(request, { countryOf: context.countryOf, isUnderWay: false })) {
    steps.push({ name: check.name, passed: check.refusal === undefined, detail: check.subject || '(none)' });
    if (verdict.allowed && check.refusal !== undefined) verdict = check.refusal;
  }
  steps.push(signatureStep(request, context.nowMs));
  const credentials = checkCredentials(request, context);
  const keyStep = streamKeyStep(request, credentials);
  if (keyStep !== undefined) steps.push(keyStep);
  if (verdict.allowed) verdict = credentials;
  if (isPublish(request) || !request.domain.play.singleUse || !credentials.allowed) return { verdict, steps };
  const used = credentials.signature !== undefined && (await isUsed(credentials.signature.id));
  steps.push({ name: 'singleUse', passed: !used, detail: used ? 'used before' : 'not used yet' });
  return { verdict: used && verdict.allowed ? refusal('USED') : verdict, steps };
}

/** The same where the publisher's stream is blocked. */
export function withBlock({ verdict, steps }: Explanation, block: Block): Explanation {
  const refused = blocked(block);
  const step = { name: 'block', passed: false, detail: refused.reason } as const;
  return { verdict: verdict.allowed ? refused : verdict, steps: [...steps, step] };
}

/** What an authentication server's answer comes to. */
export function remoteStep(verdict: Verdict): ExplanationStep {
  return { name: 'remoteAuth', passed: verdict.allowed, detail: verdict.allowed ? 'passed' : verdict.reason };
}

/** ApsaraVideo's answer of `DescribeLiveStreamAuthChecking` for a URL. */
export function describeAuthChecking(
  request: SignedRequest,
  auth: UrlAuth,
  nowMs: number,
): { readonly status: 'pass' | 'false'; readonly description: string } {
  if (auth.type === 'no_auth') return { status: 'pass', description: '' };
  const result = verifyUrl(request, auth, nowMs);
  if (result === 'missing') return { status: 'false', description: 'INVALID AUTH_KEY' };
  return result.ok ? { status: 'pass', description: '' } : { status: 'false', description: result.reason };
}

function domainStep({ domain, host, app, stream }: AccessRequest): ExplanationStep {
  const from = host === undefined ? '' : `host ${host} is `;
  return { name: 'domain', passed: true, detail: `${from}domain ${domain.name}, app ${app}, stream ${stream}` };
}

function signatureStep(request: AccessRequest, nowMs: number): ExplanationStep {
  const auth = authOf(request);
  if (auth.type === 'no_auth') return { name: 'signature', passed: true, detail: 'signing is off' };
  const result = verifySignature(request, auth, nowMs);
  const step = { name: 'signature', passed: result !== 'missing' && result.ok } as const;
  if (result === 'missing') {
    return { ...step, detail: `${auth.type}: no signature on ${resourcePath(request.path, auth)}` };
  }
  const parts = [`${auth.type}: ${result.ok ? `valid with the ${result.keyName} key` : result.reason}`];
  if (result.stringToSign !== '') parts.push(`signed string ${result.stringToSign}`);
  if (result.timestampSeconds !== undefined) parts.push(...timeDetails(result.timestampSeconds, auth, nowMs));
  return { ...step, detail: parts.join('; ') };
}

function timeDetails(timestampSeconds: number, auth: UrlAuth, nowMs: number): string[] {
  const differenceSeconds = Math.round(timestampSeconds - nowMs / 1000);
  const side = differenceSeconds > 0 ? 'ahead of' : 'behind';
  const expires = new Date((timestampSeconds + auth.validitySeconds) * 1000).toISOString();
  return [`timestamp ${Math.abs(differenceSeconds)} s ${side} this clock`, `expires ${expires}`];
}

function streamKeyStep(request: AccessRequest, credentials: Verdict): ExplanationStep | undefined {
  if (!isPublish(request) || request.domain.push.auth.type === 'no_auth') return undefined;
  const hasKey = queryValue(request.query, 'key') !== undefined;
  if (!hasKey) return { name: 'streamKey', passed: false, detail: 'none given' };
  if (!request.domain.push.streamKeys) return { name: 'streamKey', passed: false, detail: 'stream keys are off' };
  const id = credentials.allowed ? credentials.streamKeyId : undefined;
  if (id !== undefined) return { name: 'streamKey', passed: true, detail: `valid: ${id}` };
  const detail = credentials.allowed ? 'not needed: the signature is valid' : credentials.reason;
  return { name: 'streamKey', passed: false, detail };
}
