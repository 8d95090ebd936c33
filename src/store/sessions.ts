import type { Outbox } from './outbox.ts';
import type { OutboxEntry } from './outbox-entry.ts';
import type { Store } from './store.ts';

/** A publish whose publish_done is missing, or the last one of a stream whose stream_ended is. */
export interface OpenSession {
  readonly sessionId: string;
  /** False when only the stream was still open, waiting for its publisher. */
  readonly isPublishing: boolean;
  readonly nodeId: string;
  readonly domain: string;
  readonly ingestDomain: string;
  readonly app: string;
  readonly stream: string;
  readonly openedAtMs: number;
  readonly data: Readonly<Record<string, unknown>>;
  readonly endpointIds: readonly string[];
}

interface SessionRow {
  readonly id: string;
  readonly node_id: string;
  readonly domain: string;
  readonly ingest_domain: string;
  readonly app: string;
  readonly stream: string;
  readonly opened_at: Date | null;
  readonly data: Record<string, unknown>;
  readonly endpoint_ids: string[];
}

/**
 * The sessions this node had open when it ended, oldest first, for their publish_done before any new start. The journal
 * knows them all by itself; the database adds what a lost data directory or another node's journal would have said.
 */
export async function openSessions(options: {
  /** Not given, the journal alone is asked. */
  readonly store: Store | undefined;
  readonly outbox: Outbox;
  readonly nodeId: string;
}): Promise<OpenSession[]> {
  const { store, outbox, nodeId } = options;
  const found = new Map(outbox.journal.openBrackets().map((entry) => [entry.sessionId, fromEntry(entry, nodeId)]));
  if (store?.state.kind === 'ready') {
    const closed = closedInJournal(outbox);
    for (const session of await openSessionsOf(store, nodeId)) {
      if (!closed.has(session.sessionId) && !found.has(session.sessionId)) found.set(session.sessionId, session);
    }
  }
  return [...found.values()].sort((a, b) => a.openedAtMs - b.openedAtMs);
}

/** The open sessions of any node as the database knows them, for the node that takes over its lease. */
export async function openSessionsOf(store: Store, nodeId: string): Promise<OpenSession[]> {
  const text = `select id, node_id, domain, ingest_domain, app, stream, opened_at, data, endpoint_ids
    from headwater.publish_sessions where node_id = $1 and closed_at is null order by opened_at, id`;
  return (await store.query<SessionRow>(text, [nodeId])).map((row) => ({
    sessionId: row.id,
    isPublishing: true,
    nodeId: row.node_id,
    domain: row.domain,
    ingestDomain: row.ingest_domain,
    app: row.app,
    stream: row.stream,
    openedAtMs: row.opened_at?.getTime() ?? 0,
    data: row.data,
    endpointIds: row.endpoint_ids,
  }));
}

function fromEntry(entry: OutboxEntry, nodeId: string): OpenSession {
  const { sessionId, kind, domain, ingestDomain, app, stream, atMs, data, endpointIds } = entry;
  const isPublishing = kind === 'publish';
  return { sessionId, isPublishing, nodeId, domain, ingestDomain, app, stream, openedAtMs: atMs, data, endpointIds };
}

function closedInJournal(outbox: Outbox): ReadonlySet<string> {
  const entries = outbox.journal.readAll().map(({ entry }) => entry);
  return new Set(entries.filter(({ kind }) => kind === 'publish_done').map(({ sessionId }) => sessionId));
}
