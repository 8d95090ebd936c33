import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AcmeServer } from '../../test/support/acme-server.ts';
import { Acme, AcmeError, newAcmeAccountKey } from './acme.ts';
import { checkChain, keyPairOf } from './key-pair.ts';

let isAnswering = true;
let acme: Acme;
let authority: AcmeServer;
const web = createServer((request, response) => {
  const answer = isAnswering ? acme.answerTo((request.url ?? '').split('/').at(-1) ?? '') : 'something else';
  response.writeHead(answer === undefined ? 404 : 200).end(answer);
});

beforeAll(async () => {
  web.listen(0, '127.0.0.1');
  await once(web, 'listening');
  authority = await AcmeServer.start((web.address() as AddressInfo).port);
  const key = await newAcmeAccountKey();
  acme = new Acme({
    ...{ directoryUrl: authority.directoryUrl, email: 'me@example.com', pollMs: { min: 5, max: 10 } },
    accountKey: async () => key,
  });
});

afterAll(() => {
  authority.close();
  web.close();
});

describe('Acme', () => {
  it('orders a certificate that fits its key, for all hosts, and answers nobody afterwards', async () => {
    const { cert, key } = await acme.order(['one.test', 'two.test']);
    const pair = keyPairOf({ cert: Buffer.from(cert), key: Buffer.from(key) });
    expect(() => checkChain(pair)).not.toThrow();
    expect(pair.names.toSorted()).toEqual(['one.test', 'two.test']);
    expect(acme.answerTo('token-0')).toBeUndefined();
  });

  it('says in the words of the authority why there is none', async () => {
    isAnswering = false;
    const order = acme.order(['three.test']);
    await expect(order).rejects.toThrow(AcmeError);
    await expect(order).rejects.toThrow('three.test gave another answer');
    isAnswering = true;
  });
});
