import { z } from 'zod';
import type { Nodes, Peer, Peers } from '../cluster/index.ts';
import { SERVER } from '../identity/index.ts';
import { LEVELS } from '../load/index.ts';
import { type Operation, operation } from './base/index.ts';
import { isoOf, time } from './schemas.ts';

const counted = z.strictObject({ atStart: z.int(), left: z.int() });
const facts = {
  version: z.string(),
  startedAt: time,
  streams: z.int().describe('That are pushed to it'),
  viewers: z.int(),
  load: z.strictObject({
    level: z.enum(LEVELS),
    reason: z.string().optional(),
    cpuPercent: z.number().optional().describe('Missing where the processors are not looked at'),
  }),
  drain: z.strictObject({
    state: z.enum(['serving', 'draining', 'drained']),
    until: time.optional().describe('Who is left then is sent away'),
    publishers: counted,
    viewers: counted,
  }),
};
const node = z
  .strictObject({
    ...{ id: z.string(), name: z.string() },
    address: z.string().optional().describe('Where other nodes reach it; missing of a node that is in no cluster'),
    isAsked: z.boolean().describe('It gives this answer'),
    state: z
      .enum(['there', 'silent', 'gone'])
      .describe('`silent`: the database has heard of it within 20 s, and it does not answer this node'),
    lastSeenAt: time,
    ...z.strictObject(facts).partial().shape,
    version: z.string(),
  })
  .meta({ id: 'Node' });

/** What a node says of itself. */
export type NodeFacts = z.input<z.ZodObject<typeof facts>>;

/** What the operation on nodes needs. */
export type NodeListDoor = {
  readonly self: Pick<Peer, 'nodeId' | 'name'> & Partial<Peer>;
  readonly facts: () => NodeFacts;
  readonly wallMs: () => number;
  /** Left out where there are no others. */
  readonly others?: { readonly nodes: Pick<Nodes, 'known'>; readonly peers: Pick<Peers, 'askAll'> } | undefined;
};

/** Which node an operation is about. */
export const nodeQuery = z.strictObject({
  node: z
    .string()
    .max(255)
    .optional()
    .describe('The name or ID of the node; the one that is asked where it is left out'),
});

/** `GET /nodes`. */
export function nodeOperations(door: NodeListDoor): readonly Operation[] {
  return [
    operation({
      ...{ name: 'listNodes', area: 'Server', method: 'get', path: '/nodes', action: 'health:read' },
      summary: 'The nodes of the cluster, and how each is',
      resource: () => SERVER,
      answer: z.strictObject({ nodes: z.array(node) }),
      run: async () => ({ nodes: [own(door), ...(await others(door))].sort((a, b) => (a.name < b.name ? -1 : 1)) }),
    }),
  ];
}

function own({ self, facts: now, wallMs }: NodeListDoor): z.input<typeof node> {
  const { nodeId: id, name, address } = self;
  const here = { isAsked: true, state: 'there', lastSeenAt: isoOf(wallMs()) } as const;
  return { id, name, ...(address !== undefined && { address }), ...here, ...now() };
}

async function others({ self, wallMs, others: of }: NodeListDoor): Promise<z.input<typeof node>[]> {
  if (!of) return [];
  const { answers } = await of.peers.askAll<NodeFacts>(['node']);
  const said = new Map(answers.map(({ peer, answer }) => [peer.nodeId, answer]));
  return of.nodes
    .known()
    .filter(({ nodeId }) => nodeId !== self.nodeId)
    .map(({ nodeId: id, name, address, version, seenSecondsAgo, isThere }) => {
      const answer = said.get(id);
      const state = answer ? 'there' : isThere ? 'silent' : 'gone';
      const lastSeenAt = isoOf(wallMs() - (answer ? 0 : seenSecondsAgo * 1000));
      return { id, name, address, isAsked: false, state, lastSeenAt, version, ...answer };
    });
}
