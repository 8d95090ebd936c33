import 'reflect-metadata';
import { createHash, webcrypto } from 'node:crypto';
import { once } from 'node:events';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import * as x509 from '@peculiar/x509';

type Jwk = Readonly<Record<string, string>>;
type Order = {
  readonly hosts: readonly string[];
  readonly authorizations: number[];
  status: 'pending' | 'ready' | 'valid' | 'invalid';
  certificate?: string;
};
type Authorization = { readonly host: string; readonly order: Order; status: 'pending' | 'valid' | 'invalid' };

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;
const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17';

/** A certificate authority on the loopback interface that speaks as much of ACME (RFC 8555) as HTTP-01 needs. */
export class AcmeServer {
  readonly #server: Server;
  readonly #port80: number;
  readonly #orders: Order[] = [];
  readonly #authorizations: Authorization[] = [];
  #account: Jwk = {};
  #ca: { readonly keys: webcrypto.CryptoKeyPair; readonly certificate: x509.X509Certificate } | undefined;
  /** How long its certificates are good. */
  days = 90;

  private constructor(port80: number) {
    this.#port80 = port80;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error) => response.writeHead(500).end(String(error)));
    });
  }

  /** @param port80 where this machine's HTTP is, for every host */
  static async start(port80: number): Promise<AcmeServer> {
    const server = new AcmeServer(port80);
    const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
    const name = 'CN=Test Authority';
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      ...{ name, keys, signingAlgorithm: ALGORITHM },
      extensions: [new x509.BasicConstraintsExtension(true)],
    });
    server.#ca = { keys, certificate };
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get directoryUrl(): string {
    return `${this.#base}/directory`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  get #base(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, kind = '', id = ''] = (request.url ?? '').split('/');
    response.setHeader('Replay-Nonce', String(Math.random()).slice(2));
    const { jwk, payload } = await bodyOf(request);
    const send = (status: number, body: unknown, location?: string) => {
      if (location) response.setHeader('Location', location);
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
    };
    const at = Number(id);
    const order = this.#orders[at];
    const authorization = this.#authorizations[at];
    if (kind === 'directory') {
      const paths = {
        newNonce: 'nonce',
        newAccount: 'account',
        newOrder: 'orders',
        revokeCert: 'revoke',
        keyChange: 'key',
      };
      const urls = Object.entries(paths).map(([name, path]) => [name, `${this.#base}/${path}`]);
      send(200, { ...Object.fromEntries(urls), meta: {} });
    } else if (kind === 'nonce') response.writeHead(200).end();
    else if (kind === 'account') {
      this.#account = jwk ?? this.#account;
      send(201, { status: 'valid' }, `${this.#base}/account/1`);
    } else if (kind === 'orders') {
      const hosts = (payload.identifiers as { value: string }[]).map(({ value }) => value);
      const made = this.#newOrder(hosts);
      send(201, this.#shown(made), `${this.#base}/order/${this.#orders.indexOf(made)}`);
    } else if (kind === 'order' && order) send(200, this.#shown(order), `${this.#base}/order/${id}`);
    else if (kind === 'authorization' && authorization) send(200, this.#shownAuthorization(authorization, at));
    else if (kind === 'challenge' && authorization) {
      await this.#validate(authorization, at);
      send(200, this.#shownAuthorization(authorization, at).challenges[0]);
    } else if (kind === 'finalize' && order) {
      order.certificate = await this.#issue(String(payload.csr));
      order.status = 'valid';
      send(200, this.#shown(order), `${this.#base}/order/${id}`);
    } else if (kind === 'certificate' && order) {
      response.writeHead(200, { 'Content-Type': 'application/pem-certificate-chain' }).end(order.certificate);
    } else send(404, { type: 'urn:ietf:params:acme:error:malformed', detail: 'nothing here' });
  }

  #newOrder(hosts: readonly string[]): Order {
    const order: Order = { hosts, authorizations: [], status: 'pending' };
    this.#orders.push(order);
    for (const host of hosts)
      order.authorizations.push(this.#authorizations.push({ host, order, status: 'pending' }) - 1);
    return order;
  }

  #shown(order: Order) {
    const id = this.#orders.indexOf(order);
    return {
      status: order.status,
      identifiers: order.hosts.map((value) => ({ type: 'dns', value })),
      authorizations: order.authorizations.map((each) => `${this.#base}/authorization/${each}`),
      finalize: `${this.#base}/finalize/${id}`,
      ...(order.certificate && { certificate: `${this.#base}/certificate/${id}` }),
    };
  }

  #shownAuthorization({ host, status }: Authorization, id: number) {
    const error = { type: 'urn:ietf:params:acme:error:unauthorized', detail: `${host} gave another answer` };
    const challenge = { type: 'http-01', url: `${this.#base}/challenge/${id}`, token: `token-${id}`, status };
    const challenges = [{ ...challenge, ...(status === 'invalid' && { error }) }];
    return { status, identifier: { type: 'dns', value: host }, challenges };
  }

  /** Asks the host for what only the account's holder knows to answer. */
  async #validate(authorization: Authorization, id: number): Promise<void> {
    const { host, order } = authorization;
    const asked = httpRequest({
      ...{ host: '127.0.0.1', port: this.#port80, headers: { host } },
      path: `/.well-known/acme-challenge/token-${id}`,
    });
    asked.end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    let text = '';
    for await (const chunk of answer) text += chunk;
    const isRight = answer.statusCode === 200 && text === `token-${id}.${thumbprint(this.#account)}`;
    authorization.status = isRight ? 'valid' : 'invalid';
    const all = order.authorizations.map((each) => this.#authorizations[each]?.status);
    if (all.every((status) => status === 'valid')) order.status = 'ready';
    if (all.includes('invalid')) order.status = 'invalid';
  }

  async #issue(csr: string): Promise<string> {
    if (!this.#ca) throw new Error('the authority has no key yet');
    const request = new x509.Pkcs10CertificateRequest(Buffer.from(csr, 'base64url'));
    const names = request.getExtension(SUBJECT_ALTERNATIVE_NAME);
    const certificate = await x509.X509CertificateGenerator.create({
      ...{ subject: request.subject, issuer: this.#ca.certificate.subject, publicKey: request.publicKey },
      ...{ signingKey: this.#ca.keys.privateKey, signingAlgorithm: ALGORITHM },
      ...{ notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + this.days * DAY_MS) },
      extensions: names ? [names] : [],
    });
    return `${certificate.toString('pem')}\n${this.#ca.certificate.toString('pem')}\n`;
  }
}

async function bodyOf(request: IncomingMessage): Promise<{ jwk?: Jwk; payload: Record<string, unknown> }> {
  let text = '';
  for await (const chunk of request) text += chunk;
  if (text === '') return { payload: {} };
  const { protected: head, payload } = JSON.parse(text) as { protected: string; payload: string };
  const read = (part: string) => (part === '' ? {} : JSON.parse(Buffer.from(part, 'base64url').toString()));
  return { jwk: read(head).jwk, payload: read(payload) };
}

/** RFC 7638, of an elliptic key. */
function thumbprint({ crv, kty, x, y }: Jwk): string {
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}
