import { checksumOf } from './rule-revisions.ts';

/** What somebody did or was not let do. */
export interface AuditEntry {
  readonly atMs: number;
  /** The name of the user, or what somebody gave as one. */
  readonly actor: string;
  /** How they came in. */
  readonly actorKind: string;
  readonly address: string;
  /** `streams:kick` and its like. */
  readonly action: string;
  /** `app/play.example.com/live` and its like; empty for the server. */
  readonly resource: string;
  readonly outcome: 'done' | 'refused';
  readonly detail: Readonly<Record<string, unknown>>;
}

/** The last entry of a chain; 0 and an empty hash before the first. */
export interface AuditHead {
  readonly chain: string;
  readonly number: number;
  readonly hash: string;
}

/** An entry in its place. */
export interface ChainedEntry extends AuditEntry, AuditHead {
  readonly nodeId: string;
  /** The hash of the entry before. */
  readonly previous: string;
}

/** What is wrong with a chain, in the words of a person. */
export interface AuditProblem {
  readonly chain: string;
  readonly number: number;
  readonly problem: string;
}

/** Puts an entry behind the head. */
export function chainEntry(head: AuditHead, nodeId: string, entry: AuditEntry): ChainedEntry {
  const next = { ...entry, nodeId, chain: head.chain, number: head.number + 1, previous: head.hash };
  return { ...next, hash: hashOf(next) };
}

/** Looks at entries one after the other, each chain in the order of its numbers. */
export class ChainCheck {
  readonly problems: AuditProblem[] = [];
  readonly #heads = new Map<string, AuditHead>();
  readonly #from: 'start' | 'anywhere';
  #count = 0;

  /** @param from whether each chain must be there from its start */
  constructor(from: 'start' | 'anywhere' = 'start') {
    this.#from = from;
  }

  get count(): number {
    return this.#count;
  }

  add(entry: ChainedEntry): void {
    const { chain, number, previous } = entry;
    const before = this.#heads.get(chain) ?? this.#beforeFirst(entry);
    const missing = number - before.number - 1;
    if (missing > 0) this.#found(chain, before.number + 1, `${missing} missing before entry ${number}`);
    else if (previous !== before.hash) this.#found(chain, number, 'does not follow the entry before it');
    const hash = hashOf(entry);
    if (hash !== entry.hash) this.#found(chain, number, 'was changed');
    this.#heads.set(chain, { chain, number, hash: entry.hash });
    this.#count++;
  }

  #beforeFirst({ chain, number, previous }: ChainedEntry): AuditHead {
    return this.#from === 'anywhere' ? { chain, number: number - 1, hash: previous } : { chain, number: 0, hash: '' };
  }

  /** What a node remembers as the last entry of its chain must be the last. */
  end(head: AuditHead): void {
    const last = this.#heads.get(head.chain) ?? { number: 0, hash: '' };
    const missing = head.number - last.number;
    if (missing > 0) this.#found(head.chain, last.number + 1, `${missing} missing at the end`);
    else if (missing === 0 && last.hash !== head.hash)
      this.#found(head.chain, head.number, 'is not the one written last');
  }

  #found(chain: string, number: number, problem: string): void {
    this.problems.push({ chain, number, problem });
  }
}

function hashOf(entry: Omit<ChainedEntry, 'hash'>): string {
  const { chain, number, nodeId, atMs, actor, actorKind, address, action, resource, outcome, detail, previous } = entry;
  const first = { chain, number, nodeId, atMs, actor, actorKind, address };
  return checksumOf({ ...first, action, resource, outcome, detail, previous });
}
