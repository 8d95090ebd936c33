import type { StreamId } from '../live/index.ts';
import { initialRules, type Refusal, RulesSource } from '../rules/index.ts';
import { HighWaterMarks, loadOrCreateSecrets, Outbox, openDataDir, openStore } from '../store/index.ts';
import type { Base } from './base.ts';
import { followKeyAges } from './follow-key-ages.ts';
import { keepHouse } from './housekeeping.ts';
import { NodeStatus } from './node-status.ts';
import { openStorages } from './open-storages.ts';
import { revisionStore } from './revision-store.ts';

/** What outlives the process: secrets, numbers, database, events on their way, rules. */
export async function openState(base: Base) {
  const { config, log, clock, closer } = base;
  const { dataDir } = config;
  await openDataDir(dataDir);
  const { secrets, isNew } = await loadOrCreateSecrets(dataDir, log);
  const marks = closer.add('high-water marks', await HighWaterMarks.open(dataDir, { log }));
  const databaseUrl = config.databaseUrl ?? undefined;
  const store = closer.add('database', await openStore({ dataDir, databaseUrl, log }));
  const outbox = closer.add('outbox', await Outbox.open({ store, dataDir, nodeId: secrets.nodeId, log }));
  const status = new NodeStatus({ config, clock, store, journal: outbox.journal });
  const { storages, uploads } = await openStorages(base, store, secrets.nodeId);
  const rulesSource = closer.add('rules', await openRules(base, secrets, store, status));
  const onKnown = (since: ReadonlyMap<string, Date>) => status.keysSeen(since);
  closer.add('key ages', followKeyAges({ store, rulesSource, log, onKnown }));
  closer.add('housekeeping', keepHouse({ store, outbox, log }));
  const rules = () => rulesSource.current();
  const settingsOf = (id: StreamId) => rules().settingsFor(id.domain, id.app, id.name);
  return { secrets, isNew, marks, store, outbox, storages, uploads, status, rulesSource, rules, settingsOf };
}

export type State = Awaited<ReturnType<typeof openState>>;

async function openRules(
  { config, log, metrics }: Base,
  secrets: Parameters<typeof initialRules>[0],
  store: Parameters<typeof revisionStore>[0],
  status: NodeStatus,
): Promise<RulesSource> {
  const source = await RulesSource.open({
    dataDir: config.dataDir,
    rulesFile: config.rulesFile ?? undefined,
    initial: () => initialRules(secrets),
    store: revisionStore(store, log),
    onRefused: (refusal: Refusal) => {
      metrics.rulesRefused.inc({ source: refusal.source });
      status.rulesRefused(refusal);
      log.error({ source: refusal.source, errors: refusal.errors }, 'rules refused, the rules before them stay');
    },
    onTaken: (from) => status.rulesTaken(from),
    onFailure: (error) => log.warn({ error }, 'rules could not be stored or read'),
  });
  source.onChange(({ revision, rules: { domains, callbacks } }) => {
    log.info({ revision, domains: domains.length, callbacks: callbacks.length }, 'rules taken');
  });
  return source;
}
