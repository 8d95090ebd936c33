import { addressGroup } from '../access/index.ts';
import { Accounts, Directory, firstAdministrator, Gate, Passwords, SecondFactor, Sessions } from '../identity/index.ts';
import { type IdentityDoor, RepeatedRefusals } from '../operations/index.ts';
import {
  type AuditEntry,
  AuditLog,
  IdentityTables,
  readIdentity,
  readLoginSessions,
  UsedNonces,
  writeIdentity,
  writeLoginSessions,
} from '../store/index.ts';
import type { Base } from './base.ts';
import { keepAuditCopies } from './keep-audit-copies.ts';
import type { State } from './open-state.ts';

/** Who may log in and what they may, and what is written down of what they did. */
export async function openIdentity(base: Base, state: State): Promise<IdentityDoor> {
  const { store, secrets, isNew, box } = state;
  const { config, log, clock, closer } = base;
  const { dataDir } = config;
  const { wallMs } = clock;
  const passwords = new Passwords();
  const onFailure = (error: unknown) => log.error({ error }, 'users or logins could not be read or kept');
  const directory = closer.add(
    'users',
    await Directory.open({
      store: new IdentityTables({ store, log }),
      kept: await readIdentity(dataDir),
      keep: (identity) => writeIdentity(dataDir, identity),
      first: () => firstAdministrator(secrets.adminPassword, passwords, wallMs()),
      // Whoever adds a node to a cluster has its users already.
      isFirstStart: isNew && config.cluster.port === 0,
      isReady: () => store.state.kind === 'ready',
      ...{ wallMs, onFailure },
    }),
  );
  const sessions = closer.add(
    'logins',
    new Sessions({
      sessions: await readLoginSessions(dataDir),
      keep: (all) => writeLoginSessions(dataDir, all),
      ...{ wallMs, onFailure },
    }),
  );
  const nonces = new UsedNonces(store);
  const takeOnce = async (name: string, keptMs: number) => {
    if (!nonces.isReady) return true;
    return nonces.take(name, keptMs).catch((error: unknown) => {
      onFailure(error);
      return true;
    });
  };
  const secondFactor = new SecondFactor({ directory, box, wallMs, takeOnce });
  const accounts = new Accounts({ directory, passwords, box, wallMs });
  const gate = new Gate({
    ...{ directory, passwords, secondFactor, sessions, box, wallMs },
    jwtKey: secrets.jwtKey,
    totpRoles: config.control.totpRoles,
    groupOf: addressGroup,
    nowMs: clock.nowMs,
  });
  const auditLog = await AuditLog.open({ store, dataDir, nodeId: secrets.nodeId, log });
  closer.add('audit log', auditLog).start();
  keepAuditCopies(base, state, auditLog);
  const write = (entry: Omit<AuditEntry, 'atMs'>) =>
    void auditLog.append({ ...entry, atMs: wallMs() }).catch((error: unknown) => {
      const { actor, action, resource, outcome } = entry;
      log.error({ error, actor, action, resource, outcome }, 'audit entry could not be written');
    });
  const refusals = closer.add('repeated refusals', new RepeatedRefusals(clock, write));
  const audit: IdentityDoor['audit'] = {
    record: (entry) => refusals.record(entry),
    list: (filter) => auditLog.list(filter),
    verify: () => auditLog.verify(),
  };
  return { gate, accounts, directory, secondFactor, sessions, audit };
}
