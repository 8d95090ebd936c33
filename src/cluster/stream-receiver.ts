import type { Duplex } from 'node:stream';
import type { Clock } from '../live/index.ts';
import type { CopiedStream } from './copied-stream.ts';
import { FrameReader } from './wire/index.ts';

export type StreamReceiverOptions = {
  readonly socket: Duplex;
  /** What came with the answer already. */
  readonly head?: Uint8Array;
  readonly copied: CopiedStream;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Bytes that came and were taken. */
  readonly onReceived?: (bytes: number) => void;
};

/** An owner sends a sign every second; one that says nothing for this long is gone. */
const SILENT_MS = 5000;

/** Feeds a copy from a connection until that ends; tells why, where it was not taken for a reason. */
export function receiveStream(options: StreamReceiverOptions): Promise<Error | undefined> {
  const { socket, copied, clock, signal } = options;
  const reader = new FrameReader();
  return new Promise((resolve) => {
    let heardMs = clock.nowMs();
    let cancel = () => {};
    let reason: Error | undefined;
    const watch = () => {
      const leftMs = heardMs + SILENT_MS - clock.nowMs();
      if (leftMs <= 0) socket.destroy();
      else cancel = clock.after(leftMs, watch);
    };
    const take = (bytes: Uint8Array) => {
      heardMs = clock.nowMs();
      try {
        for (const frame of reader.push(bytes)) copied.frame(frame);
        options.onReceived?.(bytes.length);
      } catch (error) {
        reason = error instanceof Error ? error : new Error(String(error));
        socket.destroy();
      }
    };
    const abort = () => socket.destroy();
    signal.addEventListener('abort', abort);
    socket.on('error', () => socket.destroy());
    socket.on('end', () => socket.destroy());
    socket.once('close', () => {
      cancel();
      signal.removeEventListener('abort', abort);
      resolve(reason);
    });
    if (signal.aborted) socket.destroy();
    watch();
    if (options.head && options.head.length > 0) take(options.head);
    socket.on('data', take);
  });
}
