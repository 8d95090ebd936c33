import type { ViewerSessions } from '../access/index.ts';
import { Drain } from '../operations/index.ts';
import type { PlaybackServer } from '../server/playback/index.ts';
import type { RtmpServer } from '../server/rtmp/index.ts';
import type { Base } from './base.ts';
import type { HandOver } from './hand-over.ts';
import type { State } from './open-state.ts';

const WHY = 'This server is about to stop.';
/** Viewers with a connection of their own; whoever plays HLS only asks, and finds out by asking. */
const CONNECTED: readonly string[] = ['flv', 'ws-flv', 'rtmp'];

type Servers = {
  readonly rtmp: RtmpServer;
  readonly playback: PlaybackServer;
  /** In a cluster: lets encoders go and their streams, in peace, to other nodes. */
  readonly handOver?: HandOver | undefined;
};
type Neighbours = { readonly sessions: () => ViewerSessions; readonly recordings: () => number };

/** How this server lets go of everybody; `watch` tells it of the servers, once they are there. */
export function openDrain({ clock, log, closer, config }: Base, state: State, { sessions, recordings }: Neighbours) {
  const { store, outbox, uploads, status } = state;
  let servers: Servers | undefined;
  let isStopping = false;
  const drain = new Drain({
    clock,
    doors: {
      publishers: () => servers?.rtmp.publishingCount ?? 0,
      askToReconnect: () => servers?.rtmp.askToReconnect(WHY) ?? 0,
      // A server that stops closes them with their streams, whose stops are told then.
      endPublishers: () => {
        if (!isStopping) servers?.rtmp.endPublishers();
      },
      viewers: () => sessions().size,
      endViewers: () => {
        for (const { sessionId, protocol } of [...sessions().values()])
          if (CONNECTED.includes(protocol)) sessions().close(sessionId, 'SERVER_STOPPED');
      },
    },
    work: async () => {
      const isReady = store.state.kind === 'ready';
      const ifReady = (count: Promise<{ readonly pending: number }>) =>
        count.then(({ pending }) => pending).catch(() => undefined);
      return {
        recordings: recordings(),
        uploads: isReady ? await ifReady(uploads.counts()) : undefined,
        events: isReady ? await ifReady(outbox.counts()) : undefined,
      };
    },
    onChange: (now) => {
      const left = { publishers: servers?.rtmp.publishingCount ?? 0, viewers: sessions().size };
      log.info({ state: now, ...left }, 'drain');
    },
  });
  status.watchDrain(() => drain.state !== 'serving');
  closer.add('drain', drain);
  return {
    drain,
    watch: (running: Servers) => {
      servers = running;
    },
    /** Before the server stops: everybody may go by themselves for a while, and answers under way are finished. */
    async beforeStop(): Promise<void> {
      isStopping = true;
      drain.begin(config.shutdown.drainSeconds);
      await drain.whenOver();
      await servers?.handOver?.run();
      await servers?.playback.finish();
    },
    /** The rest of that while is not waited for. */
    hurry(): boolean {
      if (drain.state === 'draining') {
        drain.begin(0);
        return true;
      }
      return servers?.handOver?.hurry() === true;
    },
  };
}

export type OpenedDrain = ReturnType<typeof openDrain>;
