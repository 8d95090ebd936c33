import type { Buffer } from 'node:buffer';
import { Socket, type SocketConstructorOpts } from 'node:net';

/** What Node keeps behind a socket. Its own `onread` option, which is for sockets that connect, works by it. */
type Handle = { reading: boolean; readStop(): number };

/** All sockets read into this one: what came is taken in before anything else is read. No Buffer: its slices are views. */
const input = new Uint8Array(65_536);

/**
 * Hands on what an accepted socket receives. Gives the socket to be used from here on, which closes the accepted one
 * with itself: where it can be, one that reads without an allocation for each read (64 KiB of garbage, in Node's way).
 *
 * @param take called with a view that is valid during the call only
 */
export function readInPlace(accepted: Socket, take: (bytes: Uint8Array) => void): Socket {
  const handle = handleOf(accepted);
  if (!handle) return accepted.on('data', take);
  const early: Buffer | null = accepted.readableLength > 0 ? accepted.read() : null;
  handle.readStop();
  handle.reading = false;
  (accepted as unknown as { _handle: Handle | null })._handle = null;
  const onread = {
    buffer: input,
    callback(count: number, buffer: Uint8Array): boolean {
      take(buffer.subarray(0, count));
      return true;
    },
  };
  const socket = new Socket({ allowHalfOpen: false, handle, onread } as SocketConstructorOpts);
  socket.once('close', () => accepted.destroy());
  if (early) process.nextTick(take, early);
  return socket;
}

/** Undefined where bytes go through TLS, and where Node has changed. */
function handleOf(socket: Socket): Handle | undefined {
  const { _handle: handle, encrypted } = socket as unknown as { _handle?: Partial<Handle>; encrypted?: boolean };
  const isPlain = !encrypted && typeof handle?.readStop === 'function' && 'useUserBuffer' in handle;
  return isPlain ? (handle as Handle) : undefined;
}
