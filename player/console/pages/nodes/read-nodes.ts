import { fields, list, number, oneOf, text } from '../../answers/answer-fields.ts';

const STATES = ['there', 'silent', 'gone', 'draining', 'drained'] as const;

/** A node of `GET /api/v1/nodes`. */
export type NodeRow = {
  readonly id: string;
  readonly name: string;
  readonly address: string | undefined;
  readonly version: string;
  readonly isAsked: boolean;
  readonly state: (typeof STATES)[number];
  readonly lastSeenAt: string | undefined;
  readonly startedAt: string | undefined;
  readonly streams: number | undefined;
  readonly viewers: number | undefined;
  readonly load: {
    readonly level: string;
    readonly reason: string | undefined;
    readonly cpuPercent: number | undefined;
  };
  /** While it drains. */
  readonly left: { readonly publishers: number; readonly viewers: number; readonly share: number };
};

export function readNodes(answer: unknown): readonly NodeRow[] {
  return list(fields(answer).nodes).map((each) => {
    const node = fields(each);
    const { state: drain, publishers, viewers } = fields(node.drain);
    const load = fields(node.load);
    const isServing = drain === undefined || drain === 'serving';
    return {
      id: text(node.id) ?? '',
      name: text(node.name) ?? '',
      address: text(node.address),
      version: text(node.version) ?? '',
      isAsked: node.isAsked === true,
      state: oneOf(isServing ? node.state : drain, STATES) ?? 'silent',
      lastSeenAt: text(node.lastSeenAt),
      startedAt: text(node.startedAt),
      streams: number(node.streams),
      viewers: number(node.viewers),
      load: { level: text(load.level) ?? '', reason: text(load.reason), cpuPercent: number(load.cpuPercent) },
      left: leftOf(fields(publishers), fields(viewers)),
    };
  });
}

/** How many are left, and which share of all who were there. */
function leftOf(publishers: Readonly<Record<string, unknown>>, viewers: Readonly<Record<string, unknown>>) {
  const left = { publishers: number(publishers.left) ?? 0, viewers: number(viewers.left) ?? 0 };
  const atStart = (number(publishers.atStart) ?? 0) + (number(viewers.atStart) ?? 0);
  return { ...left, share: atStart === 0 ? 0 : Math.min(1, (left.publishers + left.viewers) / atStart) };
}
