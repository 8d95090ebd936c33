import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock, StreamId } from '../live/index.ts';
import { accept, bringsToken, refuse, WRONG_TOKEN } from './door-token.ts';
import {
  REFUSAL_HEADER,
  readFacts,
  SOURCE_HEADER,
  type SourceFacts,
  type SourceRefusal,
  writeHeader,
} from './source-facts.ts';
import { SourceLine } from './source-line.ts';
import { SOURCE_PROTOCOL, sourceOfPath } from './stream-path.ts';
import type { Frame } from './wire/index.ts';

/** An encoder of another node, as a source of a stream here. */
export interface EnteredSource {
  media(kind: 'video' | 'audio' | 'data', timestamp: number, payload: Uint8Array): void;
  unpublish(): void;
  lost(): void;
}

export type EnterSource = (
  id: StreamId,
  facts: SourceFacts,
  /** We send it away ourselves. */
  dismissed: (reason: string, detail?: string) => void,
) => EnteredSource | { readonly refused: SourceRefusal } | 'not-wanted';

export type SourceDoorOptions = {
  readonly clock: Clock;
  readonly token?: string | undefined;
  readonly enter: EnterSource;
  readonly onRefused: (address: string | undefined, why: string) => void;
};

/** Takes encoders of other nodes in as sources of the streams that are published here. */
export class SourceDoor {
  readonly #options: SourceDoorOptions;
  readonly #lines = new Set<SourceLine>();
  #isClosed = false;

  constructor(options: SourceDoorOptions) {
    this.#options = options;
  }

  /** For a server's `upgrade`; false where something else is asked for. */
  upgrade(request: IncomingMessage, socket: Duplex): boolean {
    const id = sourceOfPath(request.url ?? '');
    if (!id || request.headers.upgrade?.toLowerCase() !== SOURCE_PROTOCOL) return false;
    socket.on('error', () => socket.destroy());
    const facts = readFacts(request.headers[SOURCE_HEADER]);
    if (!bringsToken(request, this.#options.token)) {
      this.#options.onRefused(request.socket.remoteAddress, WRONG_TOKEN);
      refuse(socket, 401, 'Unauthorized');
    } else if (!facts) refuse(socket, 400, 'Bad Request');
    else this.#enter(id, facts, socket);
    return true;
  }

  close(): void {
    this.#isClosed = true;
    for (const line of [...this.#lines]) line.close();
  }

  #enter(id: StreamId, facts: SourceFacts, socket: Duplex): void {
    const dismissed = (reason: string, detail = '') => {
      line?.send({ kind: 'dismissed', reason, detail });
      line?.close();
    };
    const entered = this.#isClosed ? 'not-wanted' : this.#options.enter(id, facts, dismissed);
    if (entered === 'not-wanted' || 'refused' in entered) {
      if (entered === 'not-wanted') refuse(socket, 404, 'Not Found');
      else refuse(socket, 409, 'Conflict', `${REFUSAL_HEADER}: ${writeHeader(entered.refused)}\r\n`);
      return;
    }
    accept(socket, SOURCE_PROTOCOL);
    const line: SourceLine | undefined = new SourceLine({
      ...{ socket, head: new Uint8Array(0), clock: this.#options.clock },
      onFrame: (frame) => take(entered, frame),
      onEnd: () => {
        if (line) this.#lines.delete(line);
        entered.lost();
      },
    });
    this.#lines.add(line);
  }
}

function take(entered: EnteredSource, frame: Frame): void {
  if (frame.kind === 'media') entered.media(frame.media, frame.timestamp, frame.data);
  else if (frame.kind === 'unpublished') entered.unpublish();
}
