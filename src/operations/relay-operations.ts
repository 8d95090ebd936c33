import { z } from 'zod';
import type { Resource } from '../identity/index.ts';
import type { PullOverview, PullStatus, Pulls, TransferOverview, TransferStatus, Transfers } from '../relay/index.ts';
import { type Gather, notFound, type Operation, operation } from './base/index.ts';
import { resourceOf } from './rules/index.ts';
import { isoOf, nodeName, silentNodes, time } from './schemas.ts';

/** What the operations on relays need. */
export type RelayDoor = {
  readonly pulls: Pick<Pulls, 'statuses' | 'restart'>;
  readonly transfers: Pick<Transfers, 'statuses' | 'restart'>;
};

const names = { domain: z.string(), app: z.string(), stream: z.string(), node: nodeName };
const trying = {
  address: z.string().describe('Scheme and host of the other server'),
  since: time.describe('When this state began'),
  reason: z.string().optional().describe('What ended the last try, or keeps the next one from being made'),
  retryInSeconds: z.number().optional().describe('When it is tried again'),
  failures: z.int().describe('Since it last went well for some time'),
};
const pullState = z
  .strictObject({
    ...{ name: z.string().describe('Of the pull, as in the rules'), mode: z.enum(['always', 'lazy']) },
    state: z
      .enum(['off', 'elsewhere', 'idle', 'running'])
      .describe(
        '`off`: switched off, or not its time; `elsewhere`: no node that answers has it; `idle`: nobody watches',
      ),
    streams: z.array(
      z.strictObject({
        ...{ ...names, state: z.enum(['connecting', 'live', 'waiting']) },
        source: z.int().describe('Which of its sources, from 1'),
        sources: z.int(),
        ...trying,
      }),
    ),
  })
  .meta({ id: 'PullState' });
const transferState = z
  .strictObject({
    name: z.string().describe('Of the transfer, as in the rules'),
    state: z.enum(['off', 'idle', 'running']).describe('`idle`: no stream that it is about is live'),
    streams: z.array(
      z.strictObject({
        ...{ ...names, destination: z.string(), state: z.enum(['connecting', 'sending', 'waiting']) },
        sentBytes: z.int(),
        skips: z.int().describe('Times that the other server was too far behind'),
        ...trying,
      }),
    ),
  })
  .meta({ id: 'TransferState' });
const params = z.strictObject({ name: z.string().min(1).max(64) });
const restarted = z.strictObject({ restarted: z.int().describe('Streams that are begun anew'), silentNodes });

/** How pulls and transfers are doing. */
export function relayOperations({ pulls, transfers }: RelayDoor): readonly Operation[] {
  const area = 'Relays';
  const pullOf = (name: string) => statusOf(pulls.statuses(), name, 'pull');
  const transferOf = (name: string) => statusOf(transfers.statuses(), name, 'transfer');
  return [
    operation({
      ...{ name: 'listPullStates', area, method: 'get', path: '/pull-states', action: 'streams:read' },
      summary: 'How the pulls of the rules are doing',
      answer: z.strictObject({ pulls: z.array(pullState), silentNodes }),
      gather: byRule('pulls'),
      run: async ({ permits }) => ({ pulls: pulls.statuses().filter(mine('pulls', permits)).map(shownPull) }),
    }),
    operation({
      ...{ name: 'restartPull', area, method: 'post', path: '/pulls/{name}/restart', action: 'streams:kick' },
      summary: 'Begins a pull anew wherever it is made, with its first source and at once',
      params,
      answer: restarted,
      gather: allRestarted,
      run: async ({ params: { name }, require, done }) => {
        const owner = resourceOf('pulls', pullOf(name).rule);
        require(owner);
        done(owner, { pull: name });
        return { restarted: pulls.restart(name) };
      },
    }),
    operation({
      ...{ name: 'listTransferStates', area, method: 'get', path: '/transfer-states', action: 'streams:read' },
      summary: 'How the transfers of the rules are doing',
      answer: z.strictObject({ transfers: z.array(transferState), silentNodes }),
      gather: byRule('transfers'),
      run: async ({ permits }) => ({
        transfers: transfers.statuses().filter(mine('transfers', permits)).map(shownTransfer),
      }),
    }),
    operation({
      ...{ name: 'restartTransfer', area, method: 'post', path: '/transfers/{name}/restart', action: 'streams:kick' },
      summary: 'Connects a transfer anew wherever it is made, at once',
      params,
      answer: restarted,
      gather: allRestarted,
      run: async ({ params: { name }, require, done }) => {
        const owner = resourceOf('transfers', transferOf(name).rule);
        require(owner);
        done(owner, { transfer: name });
        return { restarted: transfers.restart(name) };
      },
    }),
  ];
}

type Restarted = z.output<typeof restarted>;

const allRestarted: Gather = (said) => ({
  restarted: said.reduce((sum, { answer }) => sum + (answer as Restarted).restarted, 0),
});

type RuleState = { readonly name: string; readonly state: string; readonly streams: readonly object[] };

/** Each rule once, with its streams on all nodes; a node that makes it says more than one that does not. */
function byRule(list: 'pulls' | 'transfers'): Gather {
  return (said) => {
    const rules = new Map<string, RuleState>();
    for (const { node, answer } of said) {
      for (const { streams, ...rule } of (answer as Readonly<Record<string, readonly RuleState[]>>)[list] ?? []) {
        const known = rules.get(rule.name);
        const here = streams.map((stream) => ({ ...stream, node }));
        const { state } = known && rule.state !== 'running' ? known : rule;
        rules.set(rule.name, { ...rule, state, streams: [...(known?.streams ?? []), ...here] });
      }
    }
    return { [list]: [...rules.values()] };
  };
}

function mine(kind: 'pulls' | 'transfers', permits: (resource: Resource) => boolean) {
  return ({ rule }: { readonly rule: object }) => permits(resourceOf(kind, rule));
}

function statusOf<T extends PullStatus | TransferStatus>(all: readonly T[], name: string, what: string): T {
  const found = all.find(({ rule }) => rule.name === name);
  if (found) return found;
  throw notFound('NOT_FOUND', `there is no ${what} ${name}`, `List the ${what}s of the rules.`);
}

function shownPull({ rule, state, pulls }: PullStatus): z.input<typeof pullState> {
  const streams = pulls.map((each) => ({
    ...tryOf(each),
    state: each.state,
    source: each.source,
    sources: each.sources,
  }));
  return { name: rule.name, mode: rule.mode, state, streams };
}

function shownTransfer({ rule, state, transfers }: TransferStatus): z.input<typeof transferState> {
  const streams = transfers.map((each) => {
    const { state: now, destination, sentBytes, skips } = each;
    return { ...tryOf(each), state: now, destination, sentBytes, skips };
  });
  return { name: rule.name, state, streams };
}

function tryOf({ id, address, sinceWallMs, reason, retryInMs, failures }: PullOverview | TransferOverview) {
  return {
    ...{ domain: id.domain, app: id.app, stream: id.name, address, since: isoOf(sinceWallMs), failures },
    ...(reason !== undefined && { reason }),
    ...(retryInMs !== undefined && { retryInSeconds: Math.round(retryInMs / 100) / 10 }),
  };
}
