import type { Registry } from '../live/index.ts';
import type { Logger } from '../log/index.ts';
import type { Publishers } from '../operations/index.ts';

const LOOK_MS = 5000;

/** Says in the log when a publish begins to be unwell, or is well again; returns what stops it. */
export function watchHealth(registry: Registry, publishers: Publishers, log: Logger): { close(): void } {
  let said = new Map<string, string>();
  const timer = setInterval(() => {
    const saidNow = new Map<string, string>();
    for (const { id, tracks, cache } of registry.streams()) {
      const sessionId = registry.publicationOf(id)?.publisher.sessionId;
      if (sessionId === undefined) continue;
      const { status, findings } = publishers.verdict(sessionId, tracks, cache.isOverflowing);
      const codes = findings.map(({ code }) => code).join(' ');
      saidNow.set(sessionId, codes);
      if (codes === (said.get(sessionId) ?? '')) continue;
      if (codes === '') log.info({ ...id }, 'publish is well again');
      else log.warn({ ...id, status, findings }, 'publish is not well');
    }
    said = saidNow;
  }, LOOK_MS);
  timer.unref();
  return { close: () => clearInterval(timer) };
}
