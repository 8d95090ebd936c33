import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type Amf0Value, encodeAmf0 } from '../../src/protocol/amf/index.ts';
import {
  ChunkReader,
  decodeCommand,
  MESSAGE_TYPE,
  type RtmpCommand,
  serializeMessage,
} from '../../src/protocol/rtmp/index.ts';

const HANDSHAKE_BYTES = 1 + 2 * 1536;

/** A peer that says over a real socket exactly what it is told to, right or wrong. */
export type RawRtmp = {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  readonly isClosed: () => boolean;
  /** What the server answered with commands, onStatus among them. */
  readonly commands: RtmpCommand[];
  readonly receivedBytes: () => number;
  send(...pieces: readonly Uint8Array[]): void;
};

/** Connects; `handshake` sends C0, C1 and C2 at once, and who is `stubborn` sends on when the server has said its last. */
export async function rawRtmp(
  port: number,
  options: { readonly handshake?: boolean; readonly stubborn?: boolean } = {},
): Promise<RawRtmp> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: options.stubborn ?? false });
  const commands: RtmpCommand[] = [];
  const reader = new ChunkReader();
  let received = 0;
  let isClosed = false;
  socket.on('error', () => socket.destroy());
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.once('close', () => {
    isClosed = true;
  });
  socket.on('data', (bytes) => {
    const skip = Math.max(0, HANDSHAKE_BYTES - received);
    received += bytes.length;
    if (!(options.handshake ?? true) || skip >= bytes.length) return;
    for (const message of reader.push(bytes.subarray(skip))) {
      if (message.typeId === MESSAGE_TYPE.commandAmf0) commands.push(decodeCommand(20, message.payload));
    }
  });
  await once(socket, 'connect');
  if (options.handshake ?? true) {
    const hello = new Uint8Array(HANDSHAKE_BYTES);
    hello[0] = 3;
    socket.write(hello);
  }
  return {
    socket,
    closed,
    commands,
    isClosed: () => isClosed,
    receivedBytes: () => received,
    send: (...pieces) => {
      for (const piece of pieces) if (socket.writable) socket.write(piece);
    },
  };
}

export function message(typeId: number, messageStreamId: number, payload: Uint8Array, timestamp = 0): Uint8Array {
  return serializeMessage({ chunkStreamId: 3, timestamp, typeId, messageStreamId, payload: [payload] }, 128);
}

export function command(messageStreamId: number, ...values: Amf0Value[]): Uint8Array {
  return message(MESSAGE_TYPE.commandAmf0, messageStreamId, encodeAmf0(...values));
}

export const connectCommand = (app: string, tcUrl = `rtmp://127.0.0.1/${app}`) =>
  command(0, 'connect', 1, { app, tcUrl });
export const createStream = command(0, 'createStream', 2, null);
export const publishCommand = (name: Amf0Value) => command(1, 'publish', 3, null, name, 'live');
export const playCommand = (name: Amf0Value) => command(1, 'play', 3, null, name);

/** The codes of the onStatus messages. */
export function statusCodes({ commands }: RawRtmp): string[] {
  return commands.flatMap(({ name, args }) =>
    name === 'onStatus' ? [String((args[1] as { code?: string } | undefined)?.code)] : [],
  );
}
