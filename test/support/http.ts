import { once } from 'node:events';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';

export type HttpAnswer = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
};

/** One request on a connection of its own, body as it came; `host` goes into the Host header. */
export async function http(
  url: string,
  options: { readonly method?: string; readonly headers?: Record<string, string>; readonly host?: string } = {},
): Promise<HttpAnswer> {
  const { method = 'GET', headers = {}, host } = options;
  const request = httpRequest(url, { method, agent: false, headers: host ? { ...headers, host } : headers });
  request.end();
  const [response] = await once(request, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  return { status: response.statusCode, headers: response.headers, body, text: body.toString() };
}

/** The code of a refusal; the status where the body has none. */
export async function codeAt(url: string, options: Parameters<typeof http>[1] = {}): Promise<string> {
  const { status, text, headers } = await http(url, options);
  return headers['content-type'] === 'application/problem+json' ? JSON.parse(text).code : String(status);
}

/** What the server says to raw bytes until it closes, or until `isEnough`. */
export async function raw(
  port: number,
  bytes: string | Uint8Array,
  isEnough: (text: string) => boolean = () => false,
): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => socket.destroy());
  let text = '';
  const done = new Promise<void>((resolve) => {
    socket.on('close', () => resolve());
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk;
      if (isEnough(text)) resolve();
    });
  });
  socket.write(bytes);
  await done;
  socket.destroy();
  return text;
}
