import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { outletOf } from './straight-outlet.ts';

const cleanups: (() => unknown)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

/** A socket to write to, and who reads from it. */
async function pair(): Promise<{ socket: Socket; reader: Socket }> {
  const server = createServer({ allowHalfOpen: true, noDelay: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const reader = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [socket] = (await once(server, 'connection')) as [Socket];
  cleanups.push(
    () => server.close(),
    () => socket.destroy(),
    () => reader.destroy(),
  );
  return { socket, reader };
}

const numbered = (number: number, sizeBytes: number) => Buffer.alloc(sizeBytes, number);

describe('outletOf', () => {
  it('goes past what this Node does around a write', async () => {
    const { socket } = await pair();
    expect(outletOf(socket)).not.toBe(socket);
  });

  it('leaves what is no plain socket as it is', () => {
    const stream = new PassThrough();
    expect(outletOf(stream)).toBe(stream);
  });

  it('keeps the order of all that is written, whoever writes it', async () => {
    const { socket, reader } = await pair();
    const outlet = outletOf(socket);
    socket.cork();
    socket.write('head ');
    outlet.write(Buffer.from('first '));
    socket.uncork();
    outlet.write(Buffer.from('second '));
    expect(outlet.writableLength).toBe(0);
    socket.write('third ');
    outlet.write(Buffer.from('fourth'));
    socket.end();
    expect((await buffer(reader)).toString()).toBe('head first second third fourth');
    expect(socket.bytesWritten).toBe(30);
  });

  it('counts what is not taken, and gives it all before the end', async () => {
    const { socket, reader } = await pair();
    reader.pause();
    const outlet = outletOf(socket);
    const pieces: Buffer[] = [];
    const write = (to: { write(bytes: Uint8Array): unknown }) => {
      const piece = numbered(pieces.length % 251, 300_000);
      pieces.push(piece);
      to.write(piece);
    };
    for (let i = 0; i < 1000 && outlet.writableLength === 0; i++) write(outlet);
    expect(outlet.writableLength).toBe(300_000);
    write(outlet);
    write(socket);
    write(outlet);
    expect(outlet.writableLength).toBe(4 * 300_000);
    socket.end();
    const received = await buffer(reader);
    expect(received.equals(Buffer.concat(pieces))).toBe(true);
    expect(outlet.writableLength).toBe(0);
  });

  it('goes straight again once all is taken', async () => {
    const { socket, reader } = await pair();
    reader.pause();
    const outlet = outletOf(socket);
    while (outlet.writableLength === 0) outlet.write(numbered(1, 300_000));
    reader.resume();
    while (outlet.writableLength > 0) await new Promise((resolve) => setImmediate(resolve));
    const before = socket.bytesWritten;
    outlet.write(numbered(2, 1000));
    expect([outlet.writableLength, socket.bytesWritten - before]).toEqual([0, 1000]);
  });

  it('closes the socket when its reader goes with something left to read', async () => {
    const { socket, reader } = await pair();
    const failed = new Promise<NodeJS.ErrnoException>((resolve) => socket.once('error', resolve));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    reader.pause();
    const outlet = outletOf(socket);
    while (outlet.writableLength === 0) outlet.write(numbered(1, 300_000));
    reader.resetAndDestroy();
    expect((await failed).code).toMatch(/^(ECONNRESET|EPIPE)$/);
    await closed;
    expect(outlet.writableLength).toBe(0);
  });

  it('does nothing of its own with a socket that is closed while something waits', async () => {
    const { socket, reader } = await pair();
    reader.pause();
    const outlet = outletOf(socket);
    while (outlet.writableLength === 0) outlet.write(numbered(1, 300_000));
    socket.destroy();
    await once(socket, 'close');
    outlet.write(numbered(2, 10));
    expect(socket.errored).toBe(null);
  });

  it('fails as the socket does behind its end', async () => {
    const { socket, reader } = await pair();
    reader.resume();
    socket.end();
    const failed = once(socket, 'error') as Promise<[NodeJS.ErrnoException]>;
    outletOf(socket).write(numbered(1, 10));
    expect((await failed)[0].code).toBe('ERR_STREAM_WRITE_AFTER_END');
  });
});
