import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { FlvReader, type FlvTag } from '../../src/protocol/flv/index.ts';

/** An HTTP-FLV viewer that keeps its tags. */
export class FlvViewer {
  readonly response: IncomingMessage;
  readonly tags: FlvTag[] = [];
  readonly reader = new FlvReader();
  readonly closed: Promise<void>;
  isClosed = false;

  private constructor(response: IncomingMessage) {
    this.response = response;
    this.closed = new Promise((resolve) => response.once('close', () => resolve()));
    response.once('close', () => {
      this.isClosed = true;
    });
    response.on('error', () => undefined);
    response.on('data', (bytes: Uint8Array) => this.tags.push(...this.reader.push(bytes)));
  }

  /** Throws when the answer is not 200. */
  static async open(url: string, headers: Readonly<Record<string, string>> = {}): Promise<FlvViewer> {
    const request = get(url, { agent: false, headers });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    if (response.statusCode !== 200) {
      response.resume();
      throw new Error(`${url}: ${response.statusCode}`);
    }
    return new FlvViewer(response);
  }

  async close(): Promise<void> {
    this.response.destroy();
    await this.closed;
  }
}

/** A viewer that asks and never reads the answer. */
export async function stalledFlvViewer(port: number, path: string): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => socket.destroy());
  await once(socket, 'connect');
  socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
  socket.pause();
  return socket;
}
