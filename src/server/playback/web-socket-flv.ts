import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { PlayRequest } from '../../access/index.ts';
import { refuseUpgrade } from '../http/index.ts';
import { admitViewer, problemOf } from './admission.ts';
import { problemBody } from './answer.ts';
import type { PlaybackDoor } from './playback-door.ts';
import { watchStream } from './stream-viewer.ts';

/** What a viewer may send: control frames and next to nothing else. */
const MAX_INCOMING_BYTES = 4096;

/** What takes part in a WebSocket but for the frames that carry media, which are made once for all. */
export function webSocketHandshakes(): WebSocketServer {
  return new WebSocketServer({ noServer: true, maxPayload: MAX_INCOMING_BYTES, perMessageDeflate: false });
}

/** Answers `ws://.../{app}/{stream}.flv`: the FLV file in binary messages. */
export class WebSocketFlv {
  readonly #door: PlaybackDoor;
  readonly #handshakes = webSocketHandshakes();

  constructor(door: PlaybackDoor) {
    this.#door = door;
  }

  async open(playRequest: PlayRequest, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const askedMs = this.#door.clock.nowMs();
    const abort = new AbortController();
    const onClose = () => abort.abort();
    socket.once('close', onClose);
    const admitted = await admitViewer(this.#door, playRequest, abort.signal);
    socket.off('close', onClose);
    if (abort.signal.aborted) return;
    if ('status' in admitted) {
      this.#door.onAnswered('ws-flv', admitted.code, playRequest.domain.name);
      this.#count(playRequest, admitted.status);
      refuseUpgrade(socket, admitted.status, problemBody(admitted));
      return;
    }
    // Frames are written to the socket itself, whole, so that all viewers share them; `ws` keeps the control frames.
    const refused = watchStream(this.#door, admitted, 'ws-flv', () => {
      this.#handshakes.handleUpgrade(request, socket, head, (webSocket) => {
        webSocket.on('error', ({ code }: NodeJS.ErrnoException) => {
          if (code?.startsWith('WS_ERR_')) {
            this.#door.onRefused('MALFORMED');
            this.#door.log.info({ code, address: playRequest.address }, 'WebSocket frame malformed');
          }
          webSocket.terminate();
        });
      });
      return { outlet: socket };
    });
    this.#door.onAnswered('ws-flv', refused ? refused.code : 'accepted', playRequest.domain.name);
    this.#count(playRequest, refused ? refused.status : 101);
    if (refused) {
      refuseUpgrade(socket, refused.status, problemBody(problemOf(refused)));
    } else this.#door.onJoined('ws-flv', (this.#door.clock.nowMs() - askedMs) / 1000, admitted.stream.id);
  }

  #count({ domain, app, stream: name }: PlayRequest, status: number): void {
    this.#door.usage.answered({ domain: domain.name, app, name }, 'ws-flv', status);
  }
}
