import type { StreamId } from '../live/index.ts';
import { AliasUse, Blocks } from '../operations/index.ts';
import { initialRules, type Refusal, RulesSource, secretsOf } from '../rules/index.ts';
import {
  HighWaterMarks,
  loadOrCreateSecrets,
  Outbox,
  openDataDir,
  openStore,
  RuleApprovals,
  RuleRevisions,
  readBlocks,
  StoreError,
  writeBlocks,
} from '../store/index.ts';
import type { Base } from './base.ts';
import { followKeyAges } from './follow-key-ages.ts';
import { keepHouse } from './housekeeping.ts';
import { NodeStatus } from './node-status.ts';
import { openSecretBox } from './open-secret-box.ts';
import { openStorages } from './open-storages.ts';
import { revisionStore } from './revision-store.ts';
import { sealRevisions } from './seal-revisions.ts';
import { watermarkCheckOf } from './watermarks.ts';

/** The database is there, and what it has of the rules cannot be opened. */
const SEALED: readonly string[] = ['MASTER_KEY_UNKNOWN', 'SEALED_DAMAGED'];

/** What outlives the process: secrets, numbers, database, events on their way, rules. */
export async function openState(base: Base) {
  const { config, log, clock, metrics, closer } = base;
  const { dataDir } = config;
  await openDataDir(dataDir);
  const { secrets, isNew } = await loadOrCreateSecrets(dataDir, log);
  const marks = closer.add('high-water marks', await HighWaterMarks.open(dataDir, { log }));
  const databaseUrl = config.databaseUrl ?? undefined;
  const store = closer.add('database', await openStore({ dataDir, databaseUrl, log }));
  const outbox = closer.add('outbox', await Outbox.open({ store, dataDir, nodeId: secrets.nodeId, log }));
  const blocks = new Blocks({
    ...{ nowMs: clock.wallMs, log, blocks: await readBlocks(dataDir) },
    keep: (all) => writeBlocks(dataDir, all),
  });
  const status = new NodeStatus({ config, clock, store, journal: outbox.journal });
  const { storages, uploads } = await openStorages(base, store, secrets.nodeId);
  status.watchStorages(() => uploads.failing);
  const box = await openSecretBox(base);
  const revisions = new RuleRevisions({ store, log, box, secretsOf });
  const rulesStore = revisionStore(store, revisions);
  const rulesSource = closer.add('rules', await openRules(base, secrets, rulesStore, status, storages.names));
  closer.add('sealing', sealRevisions(store, revisions, log));
  const onKnown = (since: ReadonlyMap<string, Date>) => status.keysSeen(since);
  closer.add('key ages', followKeyAges({ store, revisions, rulesSource, log, onKnown }));
  const onSnapshotsUntold = (count: number) => metrics.callbacks.inc({ form: 'none', outcome: 'expired' }, count);
  closer.add(
    'housekeeping',
    keepHouse({ store, outbox, approvals: new RuleApprovals({ store, box }), log, onSnapshotsUntold }),
  );
  const rules = () => rulesSource.current();
  const settingsOf = (id: StreamId) => rules().settingsFor(id.domain, id.app, id.name);
  return {
    ...{ blocks, secrets, isNew, box, marks, store, outbox, storages, uploads, status },
    ...{ revisions, rulesSource, rules, settingsOf, aliasUse: new AliasUse(clock.wallMs) },
  };
}

export type State = Awaited<ReturnType<typeof openState>>;

async function openRules(
  { config, log, metrics }: Base,
  secrets: Parameters<typeof initialRules>[0],
  store: ReturnType<typeof revisionStore>,
  status: NodeStatus,
  storages: readonly string[],
): Promise<RulesSource> {
  const source = await RulesSource.open({
    dataDir: config.dataDir,
    rulesFile: config.rulesFile ?? undefined,
    storages,
    watermarkCheck: watermarkCheckOf(config),
    initial: () => initialRules(secrets),
    store,
    onRefused: (refusal: Refusal) => {
      metrics.rulesRefused.inc({ source: refusal.source });
      status.rulesRefused(refusal);
      log.error({ source: refusal.source, errors: refusal.errors }, 'rules refused, the rules before them stay');
    },
    onTaken: (from) => status.rulesTaken(from),
    onFailure: (error) => {
      log.warn({ error }, 'rules could not be stored or read');
      if (!(error instanceof StoreError) || !SEALED.includes(error.code)) return;
      const message = `${error.message}. ${error.remedy}`;
      status.rulesRefused({ source: 'database', errors: [{ path: '', message }] });
    },
  });
  source.onChange(({ revision, rules: { domains, callbacks } }) => {
    log.info({ revision, domains: domains.length, callbacks: callbacks.length }, 'rules taken');
  });
  return source;
}
