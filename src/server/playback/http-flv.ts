import type { PlayRequest } from '../../access/index.ts';
import { admit, limitReached } from './admission.ts';
import { answer, answerProblem, CORS_HEADERS, type Request, type Response } from './answer.ts';
import type { PlaybackDoor } from './playback-door.ts';
import { type Outlet, watchStream } from './stream-viewer.ts';

const FLV_HEAD = [
  'HTTP/1.1 200 OK',
  'Content-Type: video/x-flv',
  'Cache-Control: no-store',
  'Connection: close',
  ...Object.entries(CORS_HEADERS).map(([name, value]) => `${name}: ${value}`),
].join('\r\n');

/** Answers `/{app}/{stream}.flv` with an FLV file that ends with the stream. */
export async function answerFlv(
  door: PlaybackDoor,
  playRequest: PlayRequest,
  request: Request,
  response: Response,
): Promise<void> {
  const askedMs = door.clock.nowMs();
  const abort = new AbortController();
  const onClose = () => abort.abort();
  response.once('close', onClose);
  const admitted = await admit(door, playRequest, abort.signal);
  response.off('close', onClose);
  if (abort.signal.aborted) return;
  if ('status' in admitted) {
    door.onAnswered('flv', admitted.code);
    answerProblem(request, response, admitted);
    return;
  }
  if (request.method === 'HEAD') {
    answer(request, response, { type: 'video/x-flv', cacheControl: 'no-store', body: new Uint8Array(0) });
    return;
  }
  const refused = watchStream(door, admitted, 'flv', () => takeOutlet(request, response, door));
  door.onAnswered('flv', refused ? 'LIMIT' : 'accepted');
  if (refused) answerProblem(request, response, limitReached(refused.limit));
  else door.onJoined('flv', (door.clock.nowMs() - askedMs) / 1000);
}

/** Takes the socket out of the HTTP server's hands: hot media never passes through ServerResponse. */
function takeOutlet(request: Request, response: Response, door: PlaybackDoor): Outlet {
  if ('stream' in response) {
    const head = { ':status': 200, 'content-type': 'video/x-flv', 'cache-control': 'no-store', ...CORS_HEADERS };
    response.stream.respond(head);
    return response.stream;
  }
  const { socket } = request;
  socket.setTimeout(0);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, 30_000);
  socket.write(`${FLV_HEAD}\r\nDate: ${new Date(door.clock.wallMs()).toUTCString()}\r\n\r\n`);
  return socket;
}
