import { and, desc, eq } from 'drizzle-orm';
import { ruleApprovals } from './schema.ts';
import type { SecretBox } from './sealing/index.ts';
import type { Store } from './store.ts';

type Row = typeof ruleApprovals.$inferSelect;

/** A change of rules that waits for a second person; what is changed is the rules folder's, opaque here. */
export type StoredApproval = Omit<Row, 'sealedChanges'> & { readonly changes: unknown };

/** What was decided stands in the revisions and in the audit log. */
const KEEP_DAYS = 90;

const place = (id: string) => `rule_approvals/${id}`;

/** The approvals in the database; what they would change is sealed, as keys are in it. */
export class RuleApprovals {
  readonly #store: Store;
  readonly #box: SecretBox;

  constructor({ store, box }: { readonly store: Store; readonly box: SecretBox }) {
    this.#store = store;
    this.#box = box;
  }

  async add({ changes, ...rest }: StoredApproval): Promise<void> {
    const sealedChanges = this.#box.seal(JSON.stringify(changes), place(rest.id));
    await this.#store.db.insert(ruleApprovals).values({ ...rest, sealedChanges });
  }

  /** The newest first. */
  async list(limit: number): Promise<StoredApproval[]> {
    const rows = await this.#store.db.select().from(ruleApprovals).orderBy(desc(ruleApprovals.createdAt)).limit(limit);
    return rows.map((row) => this.#opened(row));
  }

  async get(id: string): Promise<StoredApproval | undefined> {
    const [row] = await this.#store.db.select().from(ruleApprovals).where(eq(ruleApprovals.id, id));
    return row && this.#opened(row);
  }

  /** False where it is no longer pending. */
  async decide(
    id: string,
    decided: Pick<StoredApproval, 'state' | 'decidedBy' | 'decidedAt' | 'revision'>,
  ): Promise<boolean> {
    const isPending = and(eq(ruleApprovals.id, id), eq(ruleApprovals.state, 'pending'));
    const rows = await this.#store.db.update(ruleApprovals).set(decided).where(isPending).returning();
    return rows.length > 0;
  }

  /** Removes those that were decided on, or expired undecided, this long ago; returns how many. */
  async prune(keepDays = KEEP_DAYS): Promise<number> {
    const rows = await this.#store.query(
      `delete from headwater.rule_approvals
        where coalesce(decided_at, expires_at) < now() - make_interval(days => $1) returning id`,
      [keepDays],
    );
    return rows.length;
  }

  /** Seals all with the first master key; returns how many. */
  reseal(): Promise<number> {
    return this.#store.transaction(async (client) => {
      const select = 'select id, sealed_changes as sealed from headwater.rule_approvals for update';
      const { rows } = await client.query<{ id: string; sealed: string }>(select);
      for (const { id, sealed } of rows) {
        const values = [id, this.#box.reseal(sealed, place(id))];
        await client.query('update headwater.rule_approvals set sealed_changes = $2 where id = $1', values);
      }
      return rows.length;
    });
  }

  #opened({ sealedChanges, ...rest }: Row): StoredApproval {
    return { ...rest, changes: JSON.parse(this.#box.open(sealedChanges, place(rest.id))) };
  }
}
