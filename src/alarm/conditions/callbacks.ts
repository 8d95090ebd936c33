import type { Condition } from './condition.ts';

export type CallbackSources = {
  /** Endpoints whose callbacks fail; undefined while the database cannot be asked. */
  readonly failing: () =>
    | readonly { readonly endpoint: string; readonly waiting: number; readonly error: string | null }[]
    | undefined;
};

/** Endpoints that do not take callbacks. */
export function callbacks({ failing }: CallbackSources): Condition {
  return {
    codes: ['CALLBACK_FAILING'],
    scope: 'cluster',
    look: () =>
      failing()?.map(({ endpoint, waiting, error }) => ({
        code: 'CALLBACK_FAILING',
        subject: { kind: 'endpoint', name: endpoint },
        sentence: `The endpoint ${endpoint} does not take callbacks (${error ?? 'no answer'}); ${waiting} wait.`,
      })),
  };
}

export type SinkSources = {
  /** How far each sink is behind; undefined while the database cannot be asked. */
  readonly lags: () =>
    | readonly { readonly sink: string; readonly waiting: number; readonly seconds: number }[]
    | undefined;
  readonly latestSeconds: () => number;
  /** What went wrong at this node's last try. */
  readonly failure: (sink: string) => string | undefined;
};

/** Sinks that do not take events. */
export function eventSinks({ lags, latestSeconds, failure }: SinkSources): Condition {
  return {
    codes: ['EVENT_SINK_BEHIND'],
    scope: 'cluster',
    look: () =>
      lags()
        ?.filter(({ seconds }) => seconds > latestSeconds())
        .map(({ sink, waiting, seconds }) => {
          const reason = failure(sink);
          const why = reason === undefined ? '' : ` (${reason})`;
          const sentence = `The sink ${sink} is ${Math.round(seconds)} s behind${why}; ${waiting} events wait.`;
          return { code: 'EVENT_SINK_BEHIND', subject: { kind: 'endpoint', name: sink }, sentence };
        }),
  };
}

export type ModerationSources = {
  readonly node: string;
  /** Pictures without an answer, since the start. */
  readonly failed: () => number | undefined;
  readonly most: () => number;
  /** For how long it must be well; counted are the pictures of ten times as long. */
  readonly clearMs: () => number;
  readonly nowMs: () => number;
};

const WINDOW_CLEARS = 10;
const LEAST_WINDOW_MS = 10_000;

/** Pictures that their hook gave no usable answer for. */
export function moderation({ node, failed, most, clearMs, nowMs }: ModerationSources): Condition {
  let failures: { readonly atMs: number; readonly total: number }[] = [];
  return {
    codes: ['MODERATION_FAILING'],
    scope: 'node',
    look() {
      const total = failed();
      if (total === undefined) return undefined;
      const now = nowMs();
      if (failures.at(-1)?.total !== total) failures.push({ atMs: now, total });
      const windowMs = Math.max(LEAST_WINDOW_MS, WINDOW_CLEARS * clearMs());
      const from = failures.findLastIndex(({ atMs }) => now - atMs >= windowMs);
      failures = failures.slice(Math.max(0, from, failures.length - 1000));
      const count = total - (failures[0]?.total ?? total);
      if (count <= most()) return [];
      const sentence = `${count} pictures got no usable answer from their moderation hook on ${node} within ${secondsOrMinutes(windowMs)}.`;
      return [{ code: 'MODERATION_FAILING', subject: { kind: 'node', name: node }, sentence }];
    },
  };
}

function secondsOrMinutes(ms: number): string {
  return ms < 120_000 ? `${Math.round(ms / 1000)} seconds` : `${Math.round(ms / 60_000)} minutes`;
}
