import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { signTypeA } from '../../src/access/index.ts';
import { webhookSignature } from '../../src/notify/index.ts';

const SNIPPETS = fileURLToPath(new URL('../../docs/guides/snippets/', import.meta.url));

type Language = { readonly program: string; readonly sign: string; readonly verify: string };

const LANGUAGES: Readonly<Record<string, Language>> = {
  Node: { program: process.execPath, sign: 'sign.mjs', verify: 'verify.mjs' },
  Python: { program: 'python3', sign: 'sign.py', verify: 'verify.py' },
  PHP: { program: 'php', sign: 'sign.php', verify: 'verify.php' },
  Go: { program: 'go', sign: 'sign.go', verify: 'verify.go' },
  Java: { program: 'java', sign: 'Sign.java', verify: 'Verify.java' },
};

/** `java` without a compiler runs classes only. */
const isHere = (name: string) => spawnSync(name === 'java' ? 'javac' : name, ['--help']).error === undefined;

const KEY = 'aliyunliveexp1234';
const SIGNED = [
  ['/video/standard', 1622194197, '5552ff52b5e4e20387c6dc18afce206b'],
  ['rtmp://push.example.com/app/stream', 1740562218, '880052832dc6c98e9304b1ef66c3dfbf'],
  ['http://play.example.com:8080/app/stream.flv', 1740562218, '1cf991a563076a5100c41e0a25c7f851'],
  ['https://play.example.com/app/stream.m3u8?container=ts', 1740562218, '778a2c49e359a7de7e00e935b7e855a1'],
  ['/app/stream_lud.m3u8', 1740562218, '64945cee6a82a1f8cc2a8680a59642b7'],
] as const;

const AT = 1_519_375_990;
const APSARA = { domain: 'learn.aliyundoc.com', key: 'yourkey', signature: '9e226fc2c250be266e3657e156f68c12' };
const BODY = '{"type":"publish","data":{"stream":"größe \\u0000"}}';
const WEBHOOK = { id: 'msg_1', key: 'a key of callbacks' };

describe.each(Object.entries(LANGUAGES))('snippets in %s', (_, { program, ...files }) => {
  const run = (file: string, args: readonly (string | number)[], input = '') => {
    const all = [...(program === 'go' ? ['run'] : []), SNIPPETS + file, ...args.map(String)];
    return execFileSync(program, all, { input, encoding: 'utf8' }).trim();
  };
  const sign = (...args: readonly (string | number)[]) => run(files.sign, args);
  const verify = (args: readonly (string | number)[], input?: string) => run(files.verify, args, input);
  const options = { skip: !isHere(program) };

  it('sign as ApsaraVideo does', options, () => {
    for (const [url, timestamp, md5] of SIGNED) {
      const separator = url.includes('?') ? '&' : '?';
      expect(sign(url, KEY, timestamp)).toBe(`${url}${separator}auth_key=${timestamp}-0-0-${md5}`);
    }
    const ofAnn = signTypeA({ path: '/live/demo', timestampSeconds: 1, rand: '0', uid: 'ann', key: KEY });
    expect(sign('/live/demo', KEY, 1, 'ann')).toBe(`/live/demo?auth_key=${ofAnn}`);
  });

  it('check the signature of the form apsara, and its age', options, () => {
    const { domain, key, signature } = APSARA;
    expect(verify(['apsara', key, domain, AT, signature, AT + 300])).toBe('valid');
    expect(verify(['apsara', key, domain, AT, signature, AT + 301])).toBe('not valid');
    expect(verify(['apsara', key, 'other.example.com', AT, signature, AT])).toBe('not valid');
    expect(verify(['apsara', key, domain, AT, 'é', AT])).toBe('not valid');
  });

  it('check the signature of the form json, over the bytes of the body', options, () => {
    const { id, key } = WEBHOOK;
    const message = { id, timestamp: String(AT), body: BODY };
    const signature = webhookSignature(message, key);
    const secret = `whsec_${Buffer.from('sixteen bytes 16').toString('base64')}`;
    expect(verify(['webhook', key, id, AT, signature, AT], BODY)).toBe('valid');
    expect(verify(['webhook', key, id, AT, `v1,bm9wZQ== ${signature}`, AT - 300], BODY)).toBe('valid');
    expect(verify(['webhook', secret, id, AT, webhookSignature(message, secret), AT], BODY)).toBe('valid');
    expect(verify(['webhook', key, id, AT, signature, AT], `${BODY} `)).toBe('not valid');
    expect(verify(['webhook', key, 'msg_2', AT, signature, AT], BODY)).toBe('not valid');
    expect(verify(['webhook', key, id, AT, signature, AT - 301], BODY)).toBe('not valid');
  });
});
