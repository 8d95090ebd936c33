import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import type { Headwater } from './headwater.ts';
import { http } from './http.ts';
import { RtmpPlayer } from './rtmp-player.ts';
import { RtmpRefused } from './rtmp-publisher.ts';

export const DOORS = ['flv', 'ws-flv', 'rtmp', 'hls'] as const;

export type Door = (typeof DOORS)[number];

/** What a viewer asks for; `query` is made from the path as it is signed, and `path` may be changed by it. */
export type Wanted = {
  readonly host?: string;
  /** `app/stream` */
  readonly name: string;
  readonly headers?: Record<string, string>;
  /** Gives path and query for a bare path such as `/live/one.flv`. */
  readonly sign?: (path: string) => string;
};

export type Viewing = {
  /** `playing`, or the reason of the refusal. */
  readonly answer: string;
  /** The HTTP status; 0 in RTMP. */
  readonly status: number;
  /** Resolves when the server ends the session. */
  readonly ended: Promise<unknown>;
  close(): void;
};

const EXTENSIONS: Readonly<Record<Door, string>> = { flv: '.flv', 'ws-flv': '.flv', rtmp: '', hls: '.m3u8' };

/** Asks for a stream at a door with a client of that door. */
export function view(server: Headwater, door: Door, wanted: Wanted): Promise<Viewing> {
  const path = `/${wanted.name}${EXTENSIONS[door]}`;
  const target = wanted.sign ? wanted.sign(path) : path;
  const headers = { ...wanted.headers, ...(wanted.host ? { host: wanted.host } : {}) };
  switch (door) {
    case 'flv':
      return viewFlv(server, target, headers);
    case 'ws-flv':
      return viewWebSocket(server, target, headers);
    case 'rtmp':
      return viewRtmp(server, target, wanted.host ?? '127.0.0.1');
    case 'hls':
      return viewHls(server, target, headers);
  }
}

const never = new Promise<void>(() => {});

function refused(status: number, text: string): Viewing {
  const answer = text.startsWith('{') ? JSON.parse(text).title : text;
  return { answer, status, ended: never, close: () => {} };
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function viewFlv(server: Headwater, path: string, headers: Record<string, string>): Promise<Viewing> {
  const request = httpRequest(server.playback + path, { agent: false, headers });
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.on('error', () => undefined);
  if (response.statusCode !== 200) return refused(response.statusCode ?? 0, await textOf(response));
  const ended = once(response, 'close');
  response.resume();
  return { answer: 'playing', status: 200, ended, close: () => response.destroy() };
}

async function viewWebSocket(server: Headwater, path: string, headers: Record<string, string>): Promise<Viewing> {
  const socket = new WebSocket(server.playback.replace('http', 'ws') + path, { headers });
  socket.on('error', () => undefined);
  const answered = new Promise<IncomingMessage | undefined>((resolve) => {
    socket.once('message', () => resolve(undefined));
    socket.once('unexpected-response', (_request, response) => resolve(response));
  });
  const response = await answered;
  if (response) return refused(response.statusCode ?? 0, await textOf(response));
  return { answer: 'playing', status: 101, ended: once(socket, 'close'), close: () => socket.terminate() };
}

async function viewRtmp(server: Headwater, target: string, host: string): Promise<Viewing> {
  const [path = '', query] = target.split('?');
  const slash = path.lastIndexOf('/');
  const app = path.slice(1, slash);
  const streamName = path.slice(slash + 1) + (query === undefined ? '' : `?${query}`);
  const split = { tcUrl: `rtmp://${host}/${app}`, app, streamName };
  const player = new RtmpPlayer({ port: server.rtmpPort, path: '', split });
  try {
    await player.playing;
  } catch (error) {
    if (!(error instanceof RtmpRefused)) throw error;
    const [status] = error.statuses;
    return refused(0, status ? (status.description.split('. ')[0] ?? '') : 'closed without a word');
  }
  return { answer: 'playing', status: 0, ended: player.closed, close: () => player.socket.destroy() };
}

async function viewHls(server: Headwater, path: string, headers: Record<string, string>): Promise<Viewing> {
  const base = server.playback + path;
  const multivariant = await http(base, { headers });
  if (multivariant.status !== 200) return refused(multivariant.status, multivariant.text);
  const media = new URL(multivariant.text.split('\n').find(isUri) ?? '', base).href;
  const playlist = await http(media, { headers });
  if (playlist.status !== 200) return refused(playlist.status, playlist.text);
  const segment = await http(new URL(playlist.text.split('\n').find(isUri) ?? '', media).href, { headers });
  if (segment.status !== 200) return refused(segment.status, segment.text);
  let isClosed = false;
  const follow = async () => {
    while (!isClosed && (await http(media, { headers })).status === 200) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    if (isClosed) await never;
  };
  return {
    answer: 'playing',
    status: 200,
    ended: follow(),
    close: () => {
      isClosed = true;
    },
  };
}

const isUri = (line: string) => line !== '' && !line.startsWith('#');
