import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const STEP_MS = 50;

/** A loopback TCP link through which each connection gets so many bytes a second from the server, and no more. */
export async function slowLink(
  targetPort: number,
  bytesPerSecond: number,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect({ port: targetPort, host: '127.0.0.1' });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
    near.on('data', (bytes) => far.write(bytes));
    void carrySlowly(far, near, bytesPerSecond).catch(() => near.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function carrySlowly(from: Socket, to: Socket, bytesPerSecond: number): Promise<void> {
  for await (const bytes of from as AsyncIterable<Buffer>) {
    const pieceBytes = Math.ceil((bytesPerSecond * STEP_MS) / 1000);
    for (let at = 0; at < bytes.length && !to.destroyed; at += pieceBytes) {
      to.write(bytes.subarray(at, at + pieceBytes));
      await delay(STEP_MS);
    }
  }
  to.end();
}
