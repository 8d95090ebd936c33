import type { Caller, Risk } from '../../identity/index.ts';
import { type ObjectChange, type Rules, secretsOf } from '../../rules/index.ts';

/** A change that waits for another person, or was decided on. */
export type Approval = {
  readonly id: string;
  readonly state: 'pending' | 'approved' | 'rejected';
  readonly author: string;
  /** The user behind the author's name or key; the name where there is none. */
  readonly authorId: string;
  readonly reason: string;
  readonly createdAt: Date;
  /** From then on nobody can approve it. */
  readonly expiresAt: Date;
  readonly risks: readonly Risk[];
  readonly changes: readonly ObjectChange[];
  readonly decidedBy: string | null;
  readonly decidedAt: Date | null;
  /** The revision that it became. */
  readonly revision: number | null;
};

export type Decided = Pick<Approval, 'state' | 'decidedBy' | 'decidedAt' | 'revision'>;

/** Where approvals outlive the node; any call may fail. */
export interface ApprovalStore {
  add(approval: Approval): Promise<void>;
  /** The newest first. */
  list(limit: number): Promise<readonly Approval[]>;
  get(id: string): Promise<Approval | undefined>;
  /** False where it was decided on already. */
  decide(id: string, decided: Decided): Promise<boolean>;
}

const WAIT_MS = 7 * 86_400_000;

export type ApprovalsOptions = {
  readonly store: ApprovalStore;
  /** What needs a second person; nothing where it is empty. */
  readonly risks: readonly Risk[];
  readonly newId: () => string;
  /** Unix time. */
  readonly nowMs: () => number;
};

/** Changes that need a second person. */
export class Approvals {
  readonly store: ApprovalStore;
  readonly #options: ApprovalsOptions;

  constructor(options: ApprovalsOptions) {
    this.store = options.store;
    this.#options = options;
  }

  /** Why these changes need a second person; empty where they do not. */
  risksOf(changes: readonly ObjectChange[]): readonly Risk[] {
    return this.#options.risks.filter((risk) => changes.some((change) => IS_RISKY[risk](change)));
  }

  async ask(
    caller: Pick<Caller, 'name' | 'userId'>,
    { changes, reason, risks }: Pick<Approval, 'changes' | 'reason' | 'risks'>,
  ): Promise<Approval> {
    const nowMs = this.#options.nowMs();
    const approval: Approval = {
      ...{ id: this.#options.newId(), state: 'pending', author: caller.name, authorId: personOf(caller) },
      ...{ reason, risks, changes, decidedBy: null, decidedAt: null, revision: null },
      ...{ createdAt: new Date(nowMs), expiresAt: new Date(nowMs + WAIT_MS) },
    };
    await this.store.add(approval);
    return approval;
  }
}

/** A person, whichever of their keys or logins they use. */
export const personOf = ({ name, userId }: Pick<Caller, 'name' | 'userId'>): string => userId ?? name;

const IS_RISKY: Readonly<Record<Risk, (change: ObjectChange) => boolean>> = {
  'auth-off': ({ kind, before, after }) => {
    if (kind !== 'domains' || !before || !after) return false;
    const [was, is] = [before, after] as readonly Rules['domains'][number][];
    return (['push', 'play'] as const).some(
      (side) => was?.[side].auth.type !== 'no_auth' && is?.[side].auth.type === 'no_auth',
    );
  },
  'delete-domain': ({ kind, before, after }) => kind === 'domains' && before !== undefined && after === undefined,
  keys: ({ kind, before, after }) => {
    if (kind !== 'streamKeys' && (before === undefined || after === undefined)) return false;
    return secretsOf(before).join('\n') !== secretsOf(after).join('\n');
  },
  'callback-urls': ({ kind, before, after }) => kind === 'callbacks' && urlOf(before) !== urlOf(after),
};

const urlOf = (object: unknown) => (object as Rules['callbacks'][number] | undefined)?.url;
