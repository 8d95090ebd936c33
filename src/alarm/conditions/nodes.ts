import type { Condition, Observation } from './condition.ts';

export type NodeSources = {
  readonly node: string;
  /** Why the database cannot be reached. */
  readonly databaseFailure: () => string | undefined;
  /** Why events cannot be written. */
  readonly journalFailure: () => string | undefined;
  /** Why the last rules were refused. */
  readonly rulesRefused: () => string | undefined;
  /** How late the event loop answers, in milliseconds. */
  readonly delayMs: () => number | undefined;
  readonly mostDelayMs: () => number;
  /** What it does without because of its load, and why. */
  readonly withoutWhat: () => string | undefined;
};

/** What is wrong with this node as a whole. */
export function nodeState(sources: NodeSources): Condition {
  const { node, databaseFailure, journalFailure, rulesRefused, delayMs, mostDelayMs, withoutWhat } = sources;
  const subject = { kind: 'node', name: node } as const;
  const told = (code: Observation['code'], reason: string | undefined, words: string) =>
    reason === undefined ? [] : [{ code, subject, sentence: `${words}: ${reason.replace(/\.$/, '')}.` }];
  return {
    codes: ['DATABASE_DOWN', 'JOURNAL_FAILING', 'RULES_REFUSED', 'NODE_SLOW', 'OVERLOADED'],
    scope: 'node',
    look() {
      const late = delayMs() ?? 0;
      const slow = late > mostDelayMs() ? `${Math.round(late)} ms in one of a hundred looks` : undefined;
      return [
        ...told('DATABASE_DOWN', databaseFailure(), `The database cannot be reached from ${node}`),
        ...told('JOURNAL_FAILING', journalFailure(), `Events cannot be kept on the disk of ${node}`),
        ...told('RULES_REFUSED', rulesRefused(), `New rules were refused by ${node}, the ones before them stay`),
        ...told('NODE_SLOW', slow, `${node} answers late`),
        ...told('OVERLOADED', withoutWhat(), `${node} does without something`),
      ];
    },
  };
}

export type OtherNodeSources = {
  /** The others, and how long nothing was heard of them; undefined while the database cannot be asked. */
  readonly others: () => readonly { readonly name: string; readonly unseenMs: number }[] | undefined;
  readonly goneAfterMs: () => number;
};

/** Nodes that went without a word. */
export function otherNodes({ others, goneAfterMs }: OtherNodeSources): Condition {
  return {
    codes: ['NODE_DOWN'],
    scope: 'cluster',
    look: () =>
      others()
        ?.filter(({ unseenMs }) => unseenMs > goneAfterMs())
        .map(({ name }) => ({
          code: 'NODE_DOWN',
          subject: { kind: 'node', name },
          sentence: `Nothing is heard of the node ${name}, and it did not say that it stops.`,
        })),
  };
}
