import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** A request as it came in; header names are in small letters. */
export type CallbackRequest = {
  readonly method: string;
  /** Path and query, as they were asked for. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
};

export type Verdict = 'valid' | 'wrong' | 'unsigned' | 'too_old';

export type SignatureCheck = {
  readonly form: 'apsara' | 'standard' | 'vod';
  readonly verdict: Verdict;
  /** The string that has to be signed, with `<key>` for the key: with the signature it makes, strangers could sign. */
  readonly signed: string;
  /** Why it is not valid. */
  readonly reason: string;
};

export type VerifyOptions = {
  /** Any of them may sign. */
  readonly keys: readonly string[];
  readonly nowMs: number;
  /** The host in the callback's URL as the sender knows it, where a proxy or tunnel changes the Host header. */
  readonly host?: string | undefined;
};

const TOLERANCE_MS = 300_000;
const MAX_SHOWN = 4096;

/** Checks the signature of a callback, in the form that its headers have. */
export function verifyCallback(request: CallbackRequest, options: VerifyOptions): SignatureCheck {
  const isStandard = Object.keys(request.headers).some((name) => name.startsWith('webhook-'));
  if (isStandard) return verifyStandard(request, options);
  return isVod(request) ? verifyVod(request, options) : verifyApsara(request, options);
}

/** Whether it is of ApsaraVideo VOD, also where it is not signed. */
function isVod({ headers, body }: CallbackRequest): boolean {
  return headers['x-vod-timestamp'] !== undefined || Buffer.from(body).includes('"EventType":');
}

/** ApsaraVideo VOD's form: MD5 of `{the whole URL}|{timestamp}|{key}`; a proxy in front may have taken the TLS away. */
function verifyVod({ target, headers }: CallbackRequest, { keys, nowMs, host }: VerifyOptions): SignatureCheck {
  const timestamp = headers['x-vod-timestamp'] ?? '';
  const signature = headers['x-vod-signature'] ?? '';
  const urls = ['http', 'https'].map((scheme) => `${scheme}://${host ?? headers.host ?? ''}${target}`);
  const form = 'vod';
  const signed = `${urls[0]}|${timestamp}|<key>`;
  if (signature === '') return { form, signed, ...unsigned('X-VOD-SIGNATURE') };
  const isSigned = urls.some((url) => keys.some((key) => isEqual(apsaraMd5(url, timestamp, key), signature)));
  if (isSigned) return { form, signed, ...checkAge(timestamp, nowMs) };
  const reason = 'No key given to this receiver makes this signature of its whole URL; behind a proxy give --host.';
  return { form, signed, verdict: 'wrong', reason };
}

/** ApsaraVideo's form: MD5 of `{domain}|{timestamp}|{key}`, whatever else the callback says. */
function verifyApsara(request: CallbackRequest, options: VerifyOptions): SignatureCheck {
  const timestamp = request.headers['ali-live-timestamp'] ?? '';
  const signature = request.headers['ali-live-signature'] ?? '';
  const [domain, others] = signingDomains(request, options.host);
  const signed = `${domain}|${timestamp}|<key>`;
  if (signature === '') return { form: 'apsara', signed, ...unsigned('ALI-LIVE-SIGNATURE') };
  const signs = (host: string) => options.keys.some((key) => isEqual(apsaraMd5(host, timestamp, key), signature));
  if (signs(domain)) return { form: 'apsara', signed, ...checkAge(timestamp, options.nowMs) };
  const other = others.find(signs);
  const reason =
    other === undefined
      ? 'No key given to this receiver makes this signature.'
      : `It signs ${other}, where ${domain} belongs: the ingest domain for stream status, else the host of the URL.`;
  return { form: 'apsara', signed, verdict: 'wrong', reason };
}

/** The domain that has to be signed, and what might be mistaken for it. */
function signingDomains({ method, target, headers }: CallbackRequest, host?: string): [string, string[]] {
  const query = new URLSearchParams(target.split('?')[1]);
  const ingestDomain = query.get('app') ?? '';
  const urlHost = host ?? hostNameOf(headers.host ?? '');
  const isStatus = method === 'GET' && query.has('action');
  return isStatus ? [ingestDomain, [urlHost]] : [urlHost, [ingestDomain, query.get('domain') ?? '']];
}

function hostNameOf(host: string): string {
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : host;
}

function apsaraMd5(domain: string, timestamp: string, key: string): string {
  return createHash('md5').update(`${domain}|${timestamp}|${key}`).digest('hex');
}

/** Standard Webhooks: HMAC-SHA256 of `{id}.{timestamp}.{body}`; the header may have several, of several keys. */
function verifyStandard({ headers, body }: CallbackRequest, { keys, nowMs }: VerifyOptions): SignatureCheck {
  const id = headers['webhook-id'] ?? '';
  const timestamp = headers['webhook-timestamp'] ?? '';
  const signature = headers['webhook-signature'] ?? '';
  const form = 'standard';
  const signed = `${id}.${timestamp}.${Buffer.from(body).toString('utf8')}`.slice(0, MAX_SHOWN);
  if (signature === '') return { form, signed, ...unsigned('webhook-signature') };
  const made = keys.map((key) => `v1,${standardHmac(key, `${id}.${timestamp}.`, body)}`);
  const isSigned = signature.split(' ').some((each) => made.some((own) => isEqual(own, each)));
  if (isSigned) return { form, signed, ...checkAge(timestamp, nowMs) };
  return { form, signed, verdict: 'wrong', reason: 'No key given to this receiver makes this signature.' };
}

function standardHmac(secret: string, head: string, body: Uint8Array): string {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : secret;
  return createHmac('sha256', key).update(head).update(body).digest('base64');
}

function unsigned(header: string): Pick<SignatureCheck, 'verdict' | 'reason'> {
  return { verdict: 'unsigned', reason: `It has no ${header} header: the rule of the callback has no key.` };
}

/** A signature that is right may still be one that somebody kept and sends again. */
function checkAge(timestamp: string, nowMs: number): Pick<SignatureCheck, 'verdict' | 'reason'> {
  const ageMs = nowMs - Number(timestamp) * 1000;
  if (Math.abs(ageMs) <= TOLERANCE_MS) return { verdict: 'valid', reason: '' };
  const seconds = Math.round(Math.abs(ageMs) / 1000);
  const reason = ageMs > 0 ? `It was signed ${seconds} s ago.` : `It is signed for ${seconds} s from now.`;
  return { verdict: 'too_old', reason: `${reason} Receivers allow ${TOLERANCE_MS / 1000} s; compare both clocks.` };
}

function isEqual(own: string, given: string): boolean {
  const [a, b] = [Buffer.from(own), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}
