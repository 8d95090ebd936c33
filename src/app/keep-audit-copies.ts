import { exportAudit } from '../operations/index.ts';
import type { AuditLog } from '../store/index.ts';
import type { Base } from './base.ts';
import type { State } from './open-state.ts';

const EVERY_MS = 3_600_000;

/** Copies the audit log into a storage at the start and each hour, where the configuration names one. */
export function keepAuditCopies(
  { config, log, clock, closer }: Base,
  { store, storages }: State,
  audit: AuditLog,
): void {
  const { storage: name, prefix, keepDays } = config.audit;
  if (name === null) return;
  const storage = storages.get(name);
  const copy = async () => {
    if (store.state.kind !== 'ready') return;
    try {
      const entries = await exportAudit({ log: audit, storage, prefix, keepDays, wallMs: clock.wallMs });
      if (entries > 0) log.info({ entries, storage: name }, 'audit log copied');
    } catch (error) {
      log.error({ error, storage: name }, 'audit log could not be copied, it is tried again in an hour');
    }
  };
  let work: Promise<void> = Promise.resolve();
  let isFirst = true;
  const copyNext = () => {
    work = work.then(copy);
  };
  const stop = store.onState(({ kind }) => {
    if (kind !== 'ready' || !isFirst) return;
    isFirst = false;
    copyNext();
  });
  const timer = setInterval(copyNext, EVERY_MS).unref();
  closer.add('copies of the audit log', {
    async close() {
      stop();
      clearInterval(timer);
      await work;
    },
  });
}
