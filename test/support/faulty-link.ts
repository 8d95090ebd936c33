import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const LEAST_STALL_MS = 200;

/** What a network does to those who talk over it. */
export type Weather = {
  /** Each way. */
  readonly delayMs: number;
  /** The share of pieces that are lost and sent again, which holds up all behind them. */
  readonly loss: number;
};

/** A loopback TCP link whose delay and loss are set while it is used, and that goes dark and comes back. */
export type FaultyLink = {
  readonly port: number;
  set(weather: Weather): void;
  /** Nothing comes through any more, and nobody is told, as when a cable is pulled. */
  goDark(): void;
  /** New connections come through; those from before the dark are reset, as by a machine that forgot them. */
  comeBack(): void;
  close(): Promise<void>;
};

export async function faultyLink(targetPort: number, random: () => number = Math.random): Promise<FaultyLink> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let weather: Weather = { delayMs: 0, loss: 0 };
  let isDark = false;
  const carry = async (from: Socket, to: Socket) => {
    // Bytes come in their order, however the delay changes.
    let before: Promise<unknown> = Promise.resolve();
    for await (const bytes of from as AsyncIterable<Buffer>) {
      const { delayMs, loss } = weather;
      if (loss > 0 && random() < loss) await delay(Math.max(LEAST_STALL_MS, 3 * delayMs));
      if (isDark) await new Promise(() => undefined);
      before = Promise.all([before, delay(delayMs)]).then(() => {
        if (!isDark && !to.destroyed) to.write(bytes);
      });
    }
    await before;
    to.end();
  };
  const server = createServer((near) => {
    if (isDark) {
      near.on('error', () => undefined);
      pairs.add([near, near]);
      return;
    }
    const far = connect({ port: targetPort, host: '127.0.0.1' });
    const pair = [near, far] as const;
    pairs.add(pair);
    for (const socket of pair) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        // In the dark the other end does not hear of it.
        if (isDark) return;
        pairs.delete(pair);
        for (const each of pair) each.destroy();
      });
    }
    void carry(near, far).catch(() => near.destroy());
    void carry(far, near).catch(() => near.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const breakAll = () => {
    for (const pair of [...pairs]) for (const socket of pair) socket.destroy();
    pairs.clear();
  };
  return {
    port: (server.address() as AddressInfo).port,
    set(next) {
      weather = next;
    },
    goDark() {
      isDark = true;
    },
    comeBack() {
      breakAll();
      isDark = false;
    },
    async close() {
      breakAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
