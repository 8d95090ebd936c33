import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createLogger } from '../../log/index.ts';
import { DatabaseSource } from '../../store/index.ts';
import type { Drill } from './drill.ts';

/** A database of the drill's own, that is stopped and started; its address stays the same. */
export type TestDatabase = { readonly url: string; stop(): Promise<void>; start(): Promise<void> };

export async function startTestDatabase(drill: Pick<Drill, 'after'>, dataDir: string): Promise<TestDatabase> {
  const source = new DatabaseSource({ dataDir, log: createLogger({ level: 'silent' }) });
  drill.after('the database', () => source.stop());
  let socketPath: string | undefined;
  const start = async () => {
    const { config } = await source.reach();
    socketPath = `${config.host}/.s.PGSQL.${config.port ?? 5432}`;
  };
  await start();
  const open = new Set<Socket>();
  const door = createServer((near) => {
    if (socketPath === undefined) {
      near.destroy();
      return;
    }
    const far = connect(socketPath);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from);
      from.pipe(to);
      from.on('error', () => from.destroy());
      from.on('close', () => {
        open.delete(from);
        to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  const hangUp = () => {
    for (const socket of open) socket.destroy();
  };
  drill.after('the door of the database', () => {
    hangUp();
    door.close();
  });
  const { port } = door.address() as AddressInfo;
  return {
    url: `postgres://headwater@127.0.0.1:${port}/postgres`,
    async stop() {
      socketPath = undefined;
      hangUp();
      await source.stop();
    },
    start,
  };
}
