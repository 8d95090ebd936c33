import type { Duplex } from 'node:stream';
import type { Clock } from '../live/index.ts';
import { encodeFrame, type Frame, FrameReader } from './wire/index.ts';

export type SourceLineOptions = {
  readonly socket: Duplex;
  readonly head: Uint8Array;
  readonly clock: Clock;
  readonly onFrame: (frame: Frame) => void;
  /** Once: it was broken off from there, or nothing came for so long that it may as well be; or we closed it. */
  readonly onEnd: (how: 'broken' | 'silent' | 'closed') => void;
};

const ALIVE_MS = 1000;
const SILENT_MS = 5000;
/** What waits for longer than this is no live source any more. */
const MAX_QUEUE_BYTES = 8 * 1024 * 1024;

/** The two ends of a source's way to the node that publishes its stream: both say that they are there. */
export class SourceLine {
  readonly #options: SourceLineOptions;
  readonly #reader = new FrameReader();
  #heardMs: number;
  #cancel: () => void = () => {};
  #isOver = false;

  constructor(options: SourceLineOptions) {
    this.#options = options;
    const { socket, head, clock } = options;
    this.#heardMs = clock.nowMs();
    socket.on('error', () => socket.destroy());
    socket.on('end', () => this.#end('broken'));
    socket.once('close', () => this.#end('broken'));
    socket.on('data', (bytes: Uint8Array) => this.#take(bytes));
    this.#stayAlive();
    // Whoever asked has to know of the line before what came with the answer counts.
    if (head.length > 0) queueMicrotask(() => this.#take(head));
  }

  send(frame: Frame): void {
    const { socket } = this.#options;
    if (this.#isOver) return;
    for (const piece of encodeFrame(frame)) socket.write(piece);
    if (socket.writableLength > MAX_QUEUE_BYTES) this.#end('silent');
  }

  /** Nothing more is said by either side. */
  close(): void {
    this.#end('closed');
  }

  #take(bytes: Uint8Array): void {
    if (this.#isOver) return;
    this.#heardMs = this.#options.clock.nowMs();
    try {
      for (const frame of this.#reader.push(bytes)) if (!this.#isOver) this.#options.onFrame(frame);
    } catch {
      this.#end('broken');
    }
  }

  #stayAlive(): void {
    const { clock } = this.#options;
    this.#cancel = clock.after(ALIVE_MS, () => {
      if (clock.nowMs() - this.#heardMs >= SILENT_MS) this.#end('silent');
      this.send({ kind: 'alive' });
      if (!this.#isOver) this.#stayAlive();
    });
  }

  #end(how: 'broken' | 'silent' | 'closed'): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancel();
    if (how === 'closed') this.#options.socket.end();
    else this.#options.socket.destroy();
    this.#options.onEnd(how);
  }
}
