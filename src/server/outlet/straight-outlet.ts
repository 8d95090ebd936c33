import { Socket } from 'node:net';
import { getSystemErrorName } from 'node:util';
import type { ViewerOutlet } from '../../packager/index.ts';

/** What Node asks the system with; it belongs to the system from a write that is not over at once until that is. */
type WriteRequest = { bytes?: Uint8Array; oncomplete?: (status: number) => void };

/** What Node keeps behind a socket. */
type Handle = { writeBuffer(request: WriteRequest, bytes: Uint8Array): number };

type Native = {
  readonly newRequest: () => WriteRequest;
  /** Whether the last write is not over yet. */
  readonly isUnderWay: () => boolean;
  /** For the next write: those that are over at once leave no trace in theirs, so that one serves them all. */
  spare: WriteRequest;
};

const native = nativeOfNode();

/**
 * Where to write a viewer's media: past what Node does around each write, where the socket lets us. Ends, errors and
 * all other writes go by the socket as ever, and everything leaves in the order in which it was written.
 */
export function outletOf(socket: ViewerOutlet): ViewerOutlet {
  const isPlain = socket instanceof Socket && !('encrypted' in socket) && handleOf(socket) !== undefined;
  return native && isPlain ? new StraightOutlet(socket, native) : socket;
}

/**
 * Node makes a request, a callback and a turn of its queue for each write, though nearly every one is over at once: the
 * system takes all of it. Here only what it does not take is waited for; what comes meanwhile waits in the socket.
 */
class StraightOutlet implements ViewerOutlet {
  readonly #socket: Socket;
  readonly #native: Native;
  #waitingBytes = 0;

  constructor(socket: Socket, node: Native) {
    this.#socket = socket;
    this.#native = node;
  }

  get writableLength(): number {
    return this.#waitingBytes + this.#socket.writableLength;
  }

  write(bytes: Uint8Array): void {
    const socket = this.#socket;
    const handle = this.writableLength === 0 && socket.writable ? handleOf(socket) : undefined;
    // What fails sent nothing, and fails again in Node's way, by which everybody hears of it.
    if (handle?.writeBuffer(this.#native.spare, bytes) !== 0) socket.write(bytes);
    else if (this.#native.isUnderWay()) this.#await(bytes);
  }

  #await(bytes: Uint8Array): void {
    const request = this.#native.spare;
    this.#native.spare = this.#native.newRequest();
    this.#waitingBytes = bytes.length;
    // The system reads from them until then, and nobody else may hold them.
    request.bytes = bytes;
    request.oncomplete = (status) => {
      this.#waitingBytes = 0;
      if (status < 0) this.#socket.destroy(failureOf(status));
    };
  }
}

function handleOf(socket: Socket): Handle | undefined {
  const { _handle: handle } = socket as unknown as { _handle?: Partial<Handle> | null };
  return typeof handle?.writeBuffer === 'function' ? (handle as Handle) : undefined;
}

function failureOf(status: number): Error {
  const code = getSystemErrorName(status);
  return Object.assign(new Error(`write ${code}`), { code });
}

/** Undefined where Node does not show it, or has changed. */
function nativeOfNode(): Native | undefined {
  try {
    const { WriteWrap, streamBaseState, kLastWriteWasAsync } = (process as unknown as Binding).binding('stream_wrap');
    if (!WriteWrap || !streamBaseState || kLastWriteWasAsync === undefined) return undefined;
    const newRequest = () => new WriteWrap();
    return { newRequest, isUnderWay: () => streamBaseState[kLastWriteWasAsync] !== 0, spare: newRequest() };
  } catch {
    return undefined;
  }
}

type Binding = {
  binding(name: 'stream_wrap'): {
    readonly WriteWrap?: new () => WriteRequest;
    readonly streamBaseState?: Int32Array;
    readonly kLastWriteWasAsync?: number;
  };
};
