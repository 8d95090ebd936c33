import type { Socket } from 'node:net';
import { createLogger } from '../../log/index.ts';
import type { FromWorker, ToWorker } from '../../server/playback/index.ts';
import { openWorker, type PlaybackWorker } from './open.ts';

/** The server ends its workers; what the whole group is sent is not for them. */
const FOR_THE_SERVER = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Serves viewers for the server that started this process, until it says so or is gone. It has no rules, no database
 * and no ports: connections, leave and streams come from the server.
 */
export function runPlaybackWorker(): Promise<number> {
  for (const signal of FOR_THE_SERVER) process.on(signal, () => undefined);
  const send = (message: FromWorker) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
  };
  let worker: PlaybackWorker | undefined;
  return new Promise((resolve) => {
    process.once('disconnect', () => resolve(0));
    process.on('message', (message: ToWorker, socket?: Socket) => {
      if (message.kind === 'setup') {
        const log = createLogger({ level: message.setup.logLevel }).child({ worker: message.setup.name });
        worker = openWorker(message.setup, log, send);
        send({ kind: 'ready' });
      } else if (message.kind === 'stop') {
        void Promise.resolve(worker?.close()).finally(() => process.disconnect());
      } else worker?.hear(message, socket);
    });
    send({ kind: 'hello' });
  });
}
