import type { Socket } from 'node:net';
import type { PlayRequest } from '../../access/index.ts';
import { admitViewer, problemOf } from './admission.ts';
import { abortOf, answer, answerProblem, CORS_HEADERS } from './answer.ts';
import { countAnswer } from './counted-answers.ts';
import type { Problem, Request, Response } from './exchange.ts';
import type { PlaybackDoor } from './playback-door.ts';
import { type Outlet, watchStream } from './stream-viewer.ts';

const FLV_TYPE = 'video/x-flv';
const FLV_HEAD = [
  'HTTP/1.1 200 OK',
  `Content-Type: ${FLV_TYPE}`,
  'Cache-Control: no-store',
  'Connection: close',
  ...Object.entries(CORS_HEADERS).map(([name, value]) => `${name}: ${value}`),
].join('\r\n');

export const PIPELINED: Problem = {
  status: 400,
  code: 'PIPELINED',
  reason: 'a stream cannot be asked for on a connection that has another answer to give first',
  remedy: 'Open a connection of its own for each stream.',
};

/** Answers `/{app}/{stream}.flv` with an FLV file that ends with the stream. */
export async function answerFlv(
  door: PlaybackDoor,
  asked: PlayRequest,
  request: Request,
  response: Response,
): Promise<void> {
  const askedMs = door.clock.nowMs();
  const abort = abortOf(response);
  const admitted = isPipelined(request, response) ? PIPELINED : await admitViewer(door, asked, abort);
  if ('status' in admitted) {
    door.onAnswered('flv', admitted.code, asked.domain.name);
    answerProblem(request, response, admitted);
    return;
  }
  if (abort.aborted || request.method === 'HEAD') {
    await door.access.release(admitted.admission);
    answer(request, response, { type: FLV_TYPE, cacheControl: 'no-store', body: undefined });
    return;
  }
  const refused = watchStream(door, admitted, 'flv', () => takeOutlet(request, response, door));
  door.onAnswered('flv', refused ? refused.code : 'accepted', asked.domain.name);
  if (refused) return answerProblem(request, response, problemOf(refused));
  countAnswer(response, 200, 0);
  door.onJoined('flv', (door.clock.nowMs() - askedMs) / 1000, admitted.stream.id);
}

/** Takes the socket out of the HTTP server's hands: hot media never passes through ServerResponse. */
export function takeOutlet(
  request: Request,
  response: Response,
  door: Pick<PlaybackDoor, 'clock'>,
): { outlet: Outlet; head?: string } {
  if ('stream' in response) {
    response.stream.respond({ ':status': 200, 'content-type': FLV_TYPE, 'cache-control': 'no-store', ...CORS_HEADERS });
    return { outlet: response.stream };
  }
  const { socket } = request;
  ignoreInput(socket);
  socket.setTimeout(0);
  socket.setNoDelay(true);
  return { outlet: socket, head: `${FLV_HEAD}\r\nDate: ${new Date(door.clock.wallMs()).toUTCString()}\r\n\r\n` };
}

/** The answer before this one on the same connection is not over: its bytes must not be mixed with ours. */
export function isPipelined(request: Request, response: Response): boolean {
  return !('stream' in response) && response.socket !== request.socket;
}

/** Whatever the viewer still sends, further requests among it, is read and dropped: HTTP is over on this connection. */
function ignoreInput(socket: Socket): void {
  socket.removeAllListeners('data');
  socket.on('data', () => {});
}
