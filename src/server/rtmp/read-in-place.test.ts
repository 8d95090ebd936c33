import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { readInPlace } from './read-in-place.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** A server whose connections are treated by `accept`, and what connects to it. */
async function listen(accept: (accepted: Socket) => void) {
  const server = createServer(accept);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => server.close());
  const open = async () => {
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    cleanups.push(() => client.destroy());
    await once(client, 'connect');
    return client;
  };
  return { server, open };
}

/** Copies of what came, until there is as much as wanted. */
function collector() {
  const pieces: Buffer[] = [];
  let look = () => {};
  return {
    take: (bytes: Uint8Array) => {
      pieces.push(Buffer.from(bytes));
      look();
    },
    async text(length: number): Promise<string> {
      while (Buffer.concat(pieces).length < length) await new Promise<void>((resolve) => (look = resolve));
      return Buffer.concat(pieces).toString('latin1');
    },
  };
}

describe('readInPlace', () => {
  it('hands on what each of several sockets receives, in one memory', async () => {
    const memory = new Set<ArrayBufferLike>();
    const received = new Map<string, string>();
    const { open } = await listen((accepted) => {
      const name = String(accepted.remotePort);
      readInPlace(accepted, (bytes) => {
        memory.add(bytes.buffer);
        received.set(name, (received.get(name) ?? '') + Buffer.from(bytes).toString('latin1'));
      });
    });
    const clients = await Promise.all([open(), open(), open()]);
    const sent = clients.map((_, index) => String(index).repeat(200_000 + index));
    for (const [index, client] of clients.entries()) client.write(sent[index]!);
    const isAll = () => clients.every(({ localPort }, index) => received.get(String(localPort)) === sent[index]);
    await expect.poll(isAll, { timeout: 10_000 }).toBe(true);
    expect(memory.size).toBe(1);
  });

  it('begins with what had been read before', async () => {
    const all = collector();
    const { open } = await listen((accepted) => {
      accepted.once('data', (bytes) => {
        accepted.pause();
        accepted.unshift(bytes.subarray(3));
        readInPlace(accepted, all.take);
      });
    });
    const client = await open();
    client.write('abcdef');
    expect(await all.text(3)).toBe('def');
    client.write('ghi');
    expect(await all.text(6)).toBe('defghi');
  });

  it('gives a socket that writes, pauses, and says who is there', async () => {
    const all = collector();
    let socket: Socket | undefined;
    const { open } = await listen((accepted) => {
      socket = readInPlace(accepted, all.take);
    });
    const client = await open();
    client.write('a');
    expect(await all.text(1)).toBe('a');
    expect(socket).toMatchObject({ remotePort: client.localPort, bytesRead: 1 });
    socket!.pause();
    client.write('b');
    socket!.write('answer');
    expect(String((await once(client, 'data'))[0])).toBe('answer');
    expect(await all.text(1)).toBe('a');
    socket!.resume();
    expect(await all.text(2)).toBe('ab');
  });

  it.each([
    ['the peer ends', (client: Socket, _: Socket) => client.end()],
    ['the peer resets', (client: Socket, _: Socket) => client.resetAndDestroy()],
    ['we end', (client: Socket, socket: Socket) => socket.end(() => client.end())],
    ['we destroy', (_: Socket, socket: Socket) => socket.destroy()],
  ])('closes the accepted socket and its place in the server when %s', async (_name, close) => {
    const sockets: { accepted: Socket; socket: Socket }[] = [];
    const { server, open } = await listen((accepted) => {
      sockets.push({ accepted, socket: readInPlace(accepted, () => {}).on('error', () => {}) });
    });
    const client = await open();
    await expect.poll(() => sockets.length).toBe(1);
    const { accepted, socket } = sockets[0]!;
    const closed = Promise.all(
      [accepted, socket].map((each) => new Promise<void>((resolve) => each.once('close', () => resolve()))),
    );
    close(client.resume(), socket);
    await closed;
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });

  it('leaves a socket of TLS as it is', async () => {
    const all = collector();
    const kept: boolean[] = [];
    const { open } = await listen((accepted) => {
      Object.assign(accepted, { encrypted: true });
      kept.push(readInPlace(accepted, all.take) === accepted);
    });
    (await open()).write('abc');
    expect(await all.text(3)).toBe('abc');
    expect(kept).toEqual([true]);
  });
});
