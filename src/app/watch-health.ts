import type { Finding } from '../ingest/index.ts';
import type { Registry, StreamId } from '../live/index.ts';
import type { Logger } from '../log/index.ts';
import type { Publishers } from '../operations/index.ts';
import type { ContentNews } from './watch-content.ts';

const LOOK_MS = 5000;

export type HealthWatch = {
  readonly registry: Registry;
  readonly publishers: Publishers;
  readonly log: Logger;
  readonly news: ContentNews;
  /** Hears of every look at a publish. */
  readonly onLook: (id: StreamId, findings: readonly Finding[]) => void;
};

/** Says in the log when a publish begins to be unwell, or is well again; returns what stops it. */
export function watchHealth({ registry, publishers, log, news, onLook }: HealthWatch): { close(): void } {
  let said = new Map<string, string>();
  const timer = setInterval(() => {
    const saidNow = new Map<string, string>();
    for (const { id, tracks, cache } of registry.streams()) {
      const sessionId = registry.onAirOf(id)?.publisher.sessionId;
      if (sessionId === undefined) continue;
      const { status, findings } = publishers.verdict(sessionId, tracks, cache.isOverflowing);
      news.look(id, sessionId, findings);
      onLook(id, findings);
      const codes = findings.map(({ code }) => code).join(' ');
      saidNow.set(sessionId, codes);
      if (codes === (said.get(sessionId) ?? '')) continue;
      if (codes === '') log.info({ ...id }, 'publish is well again');
      else log.warn({ ...id, status, findings }, 'publish is not well');
    }
    news.endRound();
    said = saidNow;
  }, LOOK_MS);
  timer.unref();
  return { close: () => clearInterval(timer) };
}
