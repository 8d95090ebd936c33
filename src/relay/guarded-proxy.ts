import { lookup } from 'node:dns';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, isIP } from 'node:net';
import { type Duplex, pipeline } from 'node:stream';
import { type Dispatcher, request } from 'undici';
import { guardedLookup, mayConnect } from '../notify/index.ts';

/** A proxy on the loopback address through which FFmpeg fetches: it looks at where each connection goes. */
export class GuardedProxy {
  readonly #server: Server;
  readonly #dispatcher: Dispatcher;

  private constructor(dispatcher: Dispatcher) {
    this.#dispatcher = dispatcher;
    this.#server = createServer((asked, answer) => void this.#fetch(asked, answer));
    this.#server.on('connect', tunnel);
  }

  static async open(dispatcher: Dispatcher): Promise<GuardedProxy> {
    const proxy = new GuardedProxy(dispatcher);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    proxy.#server.unref();
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #fetch(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const url = URL.canParse(asked.url ?? '') ? new URL(asked.url ?? '') : undefined;
    if (url?.protocol !== 'http:' || asked.method !== 'GET') {
      answer.writeHead(405).end();
      return;
    }
    const abort = new AbortController();
    answer.once('close', () => abort.abort());
    try {
      const { statusCode, headers, body } = await request(url, {
        dispatcher: this.#dispatcher,
        headers: endToEnd(asked.headers),
        signal: abort.signal,
      });
      answer.writeHead(statusCode, endToEnd(headers));
      pipeline(body, answer, () => {});
    } catch {
      if (!answer.headersSent) answer.writeHead(502);
      answer.end();
    }
  }
}

/** Where to is what a playlist of strangers said, which may be no place at all. */
function tunnel({ url: place = '' }: IncomingMessage, client: Duplex, head: Buffer): void {
  client.on('error', () => client.destroy());
  if (!URL.canParse(`http://${place}`)) {
    client.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    return;
  }
  const { hostname, port } = new URL(`http://${place}`);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(host) !== 0 && !mayConnect('administrator', host)) {
    client.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    return;
  }
  const there = connect({ host, port: Number(port) || 443, lookup: guardedLookup('administrator', lookup) });
  const notReached = () => client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  there.once('error', notReached);
  client.once('close', () => there.destroy());
  there.once('connect', () => {
    there.off('error', notReached);
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    if (head.length > 0) there.write(head);
    pipeline(client, there, client, () => {});
  });
}

const HOP = /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/i;

function endToEnd<T extends NodeJS.Dict<string | string[]>>(headers: T): Record<string, string | string[]> {
  const kept = Object.entries(headers).filter(([name, value]) => value !== undefined && !HOP.test(name));
  return Object.fromEntries(kept) as Record<string, string | string[]>;
}
