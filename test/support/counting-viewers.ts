import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { Headwater } from './headwater.ts';
import { RtmpPlayer } from './rtmp-player.ts';

/** A viewer that counts the bytes of media, and of playlists, that came to it; `ended` when the server ends it. */
export type CountingViewer = { readonly received: () => number; readonly ended: Promise<unknown>; close(): void };

/** What an RTMP player gets before the first media: handshake, and answers to its commands. */
const RTMP_OPENING_BYTES = 3073 + 400;

export async function countingFlv(server: Headwater, path: string): Promise<CountingViewer> {
  let bytes = 0;
  const request = get(`${server.playback}/${path}.flv`, { agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  if (response.statusCode !== 200) throw new Error(`${path}: ${response.statusCode}`);
  response.on('error', () => undefined);
  const ended = once(response, 'close');
  response.on('data', (chunk: Uint8Array) => {
    bytes += chunk.length;
  });
  return { received: () => bytes, ended, close: () => response.destroy() };
}

/** What comes on the socket of a WebSocket behind the head of the answer, frames as they are. */
export async function countingWebSocket(server: Headwater, path: string): Promise<CountingViewer> {
  const url = `${server.playback.replace('http', 'ws')}/${path}.flv`;
  const webSocket = new WebSocket(url, { perMessageDeflate: false });
  let bytes = 0;
  webSocket.on('error', () => undefined);
  webSocket.on('message', (data: Buffer) => {
    bytes += data.length + (data.length < 126 ? 2 : data.length < 65_536 ? 4 : 10);
  });
  const ended = once(webSocket, 'close');
  await once(webSocket, 'open');
  return { received: () => bytes, ended, close: () => webSocket.terminate() };
}

export async function countingRtmp(server: Headwater, path: string): Promise<CountingViewer> {
  const player = await RtmpPlayer.open({ port: server.rtmpPort, path });
  return {
    received: () => Math.max(0, player.socket.bytesRead - RTMP_OPENING_BYTES),
    ended: player.closed,
    close: () => player.socket.destroy(),
  };
}

/** An HLS player on one connection, as players are; bodies count as they come, gzipped where they are. */
export async function countingHls(server: Headwater, path: string): Promise<CountingViewer> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let bytes = 0;
  let isClosed = false;
  const fetchText = async (url: string) => {
    const [response] = (await once(get(url, { agent }), 'response')) as [IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    bytes += body.length;
    return { status: response.statusCode ?? 0, text: body.toString('latin1') };
  };
  const base = `${server.playback}/${path}.m3u8`;
  const multivariant = await fetchText(base);
  if (multivariant.status !== 200) throw new Error(`${path}: ${multivariant.status}`);
  const media = new URL(multivariant.text.split('\n').find((line) => /^[^#]/.test(line)) ?? '', base).href;
  const follow = async () => {
    const seen = new Set<string>();
    while (!isClosed) {
      const { text } = await fetchText(media);
      for (const line of text.split('\n')) {
        const uri = /^#EXT-X-MAP:URI="([^"]+)"/.exec(line)?.[1] ?? (/^[^#]/.test(line) ? line : undefined);
        if (uri === undefined || seen.has(uri)) continue;
        seen.add(uri);
        await fetchText(new URL(uri, media).href);
      }
      if (text.includes('#EXT-X-ENDLIST')) return;
      await delay(300);
    }
  };
  const ended = follow()
    .catch(() => undefined)
    .finally(() => agent.destroy());
  return {
    received: () => bytes,
    ended,
    close: () => {
      isClosed = true;
    },
  };
}

/** A connection that asks once and reads nothing more than it must. */
export function knock(port: number, target: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => {
      socket.write(`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
    socket.resume();
  });
}
