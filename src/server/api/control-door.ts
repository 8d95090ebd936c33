import type { Writable } from 'node:stream';
import type { Clock, StreamId } from '../../live/index.ts';
import type { Logger } from '../../log/index.ts';
import type { Metrics } from '../../metrics/index.ts';
import type { PushSetup, StreamOverview } from '../../operations/index.ts';
import type { Finding } from '../../rules/index.ts';

export type NodeHealth = {
  readonly status: 'ok' | 'degraded';
  readonly version: string;
  readonly uptimeSeconds: number;
  readonly database: { readonly state: string; readonly reason?: string; readonly remedy?: string };
  /** Whether events reach the disk; while they wait, they wait in memory. */
  readonly journal: { readonly state: 'ok' | 'waiting'; readonly reason?: string };
  readonly ffmpeg: { readonly found: boolean; readonly version?: string };
  readonly rules: { readonly revision: number; readonly refused?: string };
  readonly posture: readonly Finding[];
};

/** An event as programs read it; `cursor` is what to go on after. */
export type EventPage = { readonly events: readonly unknown[]; readonly cursor: number };

/** What the control door needs of the server around it. */
export type ControlDoor = {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly consoleDir: string;
  readonly adminPassword: string;
  readonly jwtKey: string;
  readonly metricsToken: string | undefined;
  readonly streams: () => readonly StreamOverview[];
  readonly pushSetup: (app: string, name: string) => PushSetup;
  readonly health: () => NodeHealth;
  readonly kick: (id: StreamId) => boolean;
  readonly deadLetters: () => Promise<readonly unknown[]>;
  readonly eventsAfter: (
    cursor: number,
    limit: number,
    wait: { readonly waitMs: number; readonly signal: AbortSignal },
  ) => Promise<EventPage>;
  /** The cursor before the first event at or after `since`, or after the last one. */
  readonly eventCursor: (since?: Date) => Promise<number>;
  /** Writes the database to `out` and ends it. */
  readonly backup: (out: Writable) => Promise<unknown>;
  /** Host and port under which Prometheus reaches this node's metrics. */
  readonly metricsTargets: () => readonly string[];
};
