import type { Config } from '../config/index.ts';
import type { Logger } from '../log/index.ts';
import { createMetrics } from '../metrics/index.ts';
import { authority, EventFeed, kick, listStreams, type PublicAddresses, pushSetup } from '../operations/index.ts';
import type { Finding } from '../rules/index.ts';
import { type ControlDoor, controlApp, metricsApp } from '../server/api/index.ts';
import { backup } from '../store/index.ts';
import type { Base } from './base.ts';
import { Closer } from './closer.ts';
import { Doors } from './doors.ts';
import { openServers } from './open-servers.ts';
import { openState, type State } from './open-state.ts';
import { openStreams, type Streams } from './open-streams.ts';
import { PLAYER_DIR } from './package-root.ts';
import { systemClock } from './system-clock.ts';
import { openCertificates } from './tls-certificates.ts';

export type RunningApp = {
  readonly addresses: PublicAddresses;
  readonly isFirstStart: boolean;
  readonly adminPassword: string;
  readonly setup: ReturnType<typeof pushSetup>;
  posture(): readonly Finding[];
  close(): Promise<void>;
};

/** What is made of what: the whole server, from its configuration to its open doors. */
export async function startApp(config: Config, log: Logger): Promise<RunningApp> {
  const base: Base = { config, log, clock: systemClock, metrics: createMetrics(), closer: new Closer(log) };
  try {
    return await wire(base);
  } catch (error) {
    await base.closer.close();
    throw error;
  }
}

async function wire(base: Base): Promise<RunningApp> {
  const { config, log, metrics, closer } = base;
  const state = await openState(base);
  const streams = await openStreams(base, state);
  const { rtmp, playback } = openServers(base, state, streams);
  state.uploads.start();
  const doors = closer.add('doors', new Doors(config));
  const certificates = await openCertificates(config, log, metrics);
  if (certificates) closer.add('certificates', certificates);
  const addresses = await doors.openMedia(rtmp, playback, certificates);
  const control = controlDoor(base, state, streams, addresses);
  await doors.openControl(controlApp(control), metricsApp(control));
  state.status.logStart(log, state.rules(), addresses);
  return {
    addresses,
    isFirstStart: state.isNew,
    adminPassword: state.secrets.adminPassword,
    setup: control.pushSetup('live', 'demo'),
    posture: () => control.health().posture,
    close: () => closer.close(),
  };
}

function controlDoor(base: Base, state: State, streams: Streams, addresses: PublicAddresses): ControlDoor {
  const { config, log, clock, metrics } = base;
  const { secrets, store, outbox, status, rules } = state;
  const { registry, publishers, sessions, ladders } = streams;
  const eventFeed = new EventFeed({ outbox, store });
  return {
    clock,
    log,
    metrics,
    consoleDir: PLAYER_DIR,
    adminPassword: secrets.adminPassword,
    jwtKey: secrets.jwtKey,
    metricsToken: config.metrics.bearerToken ?? undefined,
    streams: () =>
      listStreams({
        clock,
        registry,
        publishers,
        sessions,
        addresses: () => addresses,
        ladderOf: (id) => ladders.of(id)?.overview(),
      }),
    pushSetup: (app, name) => pushSetup(rules(), addresses, app, name),
    health: () => status.health(rules()),
    kick: (id) => kick(registry, id),
    deadLetters: () => outbox.deadLetters(),
    eventsAfter: (cursor, limit, wait) => eventFeed.after(cursor, limit, wait),
    eventCursor: (since) => eventFeed.cursorAt(since),
    backup: (out) => backup(store, out),
    metricsTargets: () => [
      authority(config.nodeName ?? addresses.host, config.metrics.port || addresses.controlPort, 0),
    ],
  };
}
