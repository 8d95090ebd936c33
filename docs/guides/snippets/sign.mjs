import { createHash } from 'node:crypto';
import { pathToFileURL } from 'node:url';

/** The URL with its `auth_key`: path and time are signed, host and other arguments are not. */
export function signUrl(address, key, { timestamp = Math.floor(Date.now() / 1000), uid = '0', rand = '0' } = {}) {
  const path = address.replace(/^[a-z]+:\/\/[^/]+/, '').replace(/\?.*$/s, '');
  const hash = createHash('md5').update(`${path}-${timestamp}-${rand}-${uid}-${key}`).digest('hex');
  return `${address}${address.includes('?') ? '&' : '?'}auth_key=${timestamp}-${rand}-${uid}-${hash}`;
}

// node sign.mjs http://play.example.com/live/demo.flv KEY [TIMESTAMP] [UID]
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [address, key, timestamp, uid] = process.argv.slice(2);
  console.log(signUrl(address, key, { timestamp, uid }));
}
