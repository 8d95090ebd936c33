import type { SecretBox } from './sealing/index.ts';
import type { Store, Transaction } from './store.ts';

/** So many steps are sealed in one transaction. */
const PAGE = 200;

type StepRow = { readonly id: number; readonly input: unknown };

/**
 * Keys of encrypted media in what steps are given. Workers have no master key, so they are clear as long as a job is not
 * over; then they are sealed where it may be tried again, and taken out where it succeeded.
 */
export class JobKeys {
  readonly #store: Store;
  readonly #box: SecretBox;

  constructor({ store, box }: { readonly store: Store; readonly box: SecretBox }) {
    this.#store = store;
    this.#box = box;
  }

  /** Leaves no clear key in jobs that are over; returns in how many steps there was one. */
  async sealClear(): Promise<number> {
    let count = 0;
    for (;;) {
      const found = await this.#store.transaction((client) => this.#sealPage(client));
      count += found;
      if (found < PAGE) return count;
    }
  }

  /** Makes those of a job clear, in the transaction that tries it again. Throws MASTER_KEY_UNKNOWN or SEALED_DAMAGED. */
  async open(client: Transaction, job: string): Promise<void> {
    const { rows } = await client.query<StepRow>(`${SEALED} and job_id = $1`, [job]);
    for (const { id, input } of rows)
      await write(
        client,
        id,
        opened(input, (key) => this.#box.open(key, placeOf(id))),
      );
  }

  /** Seals all with the first master key; returns in how many steps. */
  async reseal(): Promise<number> {
    const clear = await this.sealClear();
    return this.#store.transaction(async (client) => {
      const { rows } = await client.query<StepRow>(`${SEALED} for update`);
      for (const { id, input } of rows) {
        await write(
          client,
          id,
          resealed(input, (key) => this.#resealed(key, placeOf(id))),
        );
      }
      return Math.max(clear, rows.length);
    });
  }

  /** What no key opens stays as it is: whoever submits a job can write anything there. */
  #resealed(sealed: string, place: string): string {
    try {
      return this.#box.reseal(sealed, place);
    } catch {
      return sealed;
    }
  }

  async #sealPage(client: Transaction): Promise<number> {
    const { rows } = await client.query<StepRow & { state: string }>(CLEAR);
    for (const { id, input, state } of rows) {
      const seal = (key: string) => ({ sealedKey: this.#box.seal(key, placeOf(id)) });
      await write(client, id, replaced(input, state === 'succeeded' ? () => undefined : seal));
    }
    return rows.length;
  }
}

/** Steps that nobody works on any more, with clear keys; as the index has it. */
const CLEAR = `select s.id, s.input, j.state from headwater.job_steps s join headwater.jobs j on j.id = s.job_id
  where (s.input @? '$.**.hexKey ? (@.type() == "string")'
      or s.input @? '$.**.Encryption ? (@.type() == "string" || @.Key.type() == "string")')
    and j.state in ('succeeded', 'failed', 'cancelled')
    and not exists (select 1 from headwater.job_steps o where o.job_id = j.id and o.state in ('pending', 'waiting'))
  limit ${PAGE} for update of j, s skip locked`;

const SEALED = `select id, input from headwater.job_steps where input @? '$.**.sealedKey'`;

async function write(client: Transaction, id: number, input: unknown): Promise<void> {
  await client.query('update headwater.job_steps set input = $2 where id = $1', [id, JSON.stringify(input)]);
}

/** Each clear key by another value: `hexKey`, and `Key` of an `Encryption`, which may be JSON in a text. */
function replaced(input: unknown, by: (key: string) => unknown): unknown {
  return changed(input, (name, value, parent) => {
    const isKey = name === 'hexKey' || name === 'Encryption' || (name === 'Key' && parent === 'Encryption');
    return isKey && typeof value === 'string' ? by(value) : value;
  });
}

function opened(input: unknown, open: (sealed: string) => string): unknown {
  return changed(input, (_, value) => {
    const { sealedKey } = (typeof value === 'object' && value !== null ? value : {}) as { sealedKey?: unknown };
    return typeof sealedKey === 'string' ? open(sealedKey) : value;
  });
}

function resealed(input: unknown, reseal: (sealed: string) => string): unknown {
  return changed(input, (name, value) => (name === 'sealedKey' && typeof value === 'string' ? reseal(value) : value));
}

type Change = (name: string, value: unknown, parent: string) => unknown;

/** A copy in which each field is what `change` makes of it; undefined leaves it out. */
function changed(value: unknown, change: Change, parent = ''): unknown {
  if (Array.isArray(value)) return value.map((each) => changed(each, change, parent));
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([name, each]) => [name, changed(change(name, each, parent), change, name)]);
  return Object.fromEntries(fields.filter(([, each]) => each !== undefined));
}

/** Sealed text that was moved to another step does not open there. */
const placeOf = (id: number) => `job_steps/${id}/key`;
