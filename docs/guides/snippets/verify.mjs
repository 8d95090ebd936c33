import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const MAX_AGE_SECONDS = 300;

/** `form: apsara`. The domain is the ingest domain for publishes, else the host of your callback's URL. */
export function verifyApsara({ domain, timestamp = '', signature = '' }, key, now = Date.now() / 1000) {
  const expected = createHash('md5').update(`${domain}|${timestamp}|${key}`).digest('hex');
  return isSame(expected, signature) && isFresh(timestamp, now);
}

/** `form: json` (Standard Webhooks). The body as it came, before anything parses it. */
export function verifyWebhook({ id, timestamp = '', signature = '', body }, key, now = Date.now() / 1000) {
  const secret = key.startsWith('whsec_') ? Buffer.from(key.slice(6), 'base64') : key;
  const hmac = createHmac('sha256', secret).update(`${id}.${timestamp}.`).update(body).digest('base64');
  return signature.split(' ').some((each) => isSame(`v1,${hmac}`, each)) && isFresh(timestamp, now);
}

function isSame(expected, given) {
  const [one, other] = [Buffer.from(expected), Buffer.from(given)];
  return one.length === other.length && timingSafeEqual(one, other);
}

function isFresh(timestamp, now) {
  return Math.abs(now - Number(timestamp)) <= MAX_AGE_SECONDS;
}

// node verify.mjs apsara KEY DOMAIN TIMESTAMP SIGNATURE [NOW], or: webhook KEY ID TIMESTAMP SIGNATURE [NOW] < body
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [form, key, first, timestamp, signature, now] = process.argv.slice(2);
  const isRight =
    form === 'apsara'
      ? verifyApsara({ domain: first, timestamp, signature }, key, now)
      : verifyWebhook({ id: first, timestamp, signature, body: readFileSync(0) }, key, now);
  console.log(isRight ? 'valid' : 'not valid');
}
