import { z } from 'zod';
import type { Peer, Peers } from '../cluster/index.ts';
import { type Call, notFound, type Operation, OperationError } from './base/index.ts';
import { answerOf, type ForwardedAnswer, type ForwardedCall } from './forwarded-call.ts';
import { streamName, streamOf } from './schemas.ts';

/** The other nodes, as operations see them. */
export type OtherNodes = {
  readonly self: Pick<Peer, 'nodeId' | 'name'>;
  readonly peers: Pick<Peers, 'all' | 'ask' | 'ownerOf'>;
};

/** What is forwarded is done within this time, or nobody knows. */
const PATIENCE_MS = 5000;

const namesOfStream = z.object({ domain: streamName, app: streamName, stream: streamName });
const namesOfNode = z.object({ node: z.string().optional() });

/** The same operations, each done by the node that can, whichever was asked. */
export function forwarded(operations: readonly Operation[], nodes: OtherNodes): readonly Operation[] {
  return operations.map((operation) => {
    if (operation.at === undefined) return operation;
    return { ...operation, run: (call: Call<never, never, never>) => runAt(operation, call, nodes) };
  });
}

async function runAt(operation: Operation, call: Call<never, never, never>, nodes: OtherNodes): Promise<unknown> {
  if (operation.at !== 'holder') {
    const node = operation.at === 'node' ? namedBy(call, nodes) : await ownerOf(call, nodes);
    return node ? forward(node, operation, call, nodes) : operation.run(call);
  }
  try {
    return await operation.run(call);
  } catch (error) {
    if (!(error instanceof OperationError) || error.status !== 404) throw error;
    const node = await ownerOf(call, nodes);
    if (!node) throw error;
    return forward(node, operation, call, nodes);
  }
}

function ownerOf({ params }: Call, { peers }: OtherNodes): Promise<Peer | undefined> {
  return peers.ownerOf(streamOf(namesOfStream.parse(params)));
}

/** Undefined of this node. */
function namedBy({ query }: Call, { self, peers }: OtherNodes): Peer | undefined {
  const { node } = namesOfNode.parse(query);
  if (node === undefined || node === self.nodeId || node === self.name) return undefined;
  const found = peers.all.find(({ nodeId }) => nodeId === node) ?? peers.all.find(({ name }) => name === node);
  if (found) return found;
  throw notFound('NODE_NOT_FOUND', `there is no node ${node}`, 'List the nodes.');
}

async function forward(node: Peer, { name }: Operation, call: Call<never, never, never>, { self, peers }: OtherNodes) {
  const { caller, ifMatch, signal, tag } = call;
  const { params, query, body } = call as Call<Record<string, unknown>, Record<string, unknown>>;
  const by = { caller: caller.options, askedAt: self.name, ...(ifMatch !== undefined && { ifMatch }) };
  const asked: ForwardedCall = { name, params, query, body, ...by };
  const question = { path: ['operations'], body: asked, timeoutMs: PATIENCE_MS, signal };
  const bytes = await peers.ask(node, question).catch((cause: unknown) => {
    throw unreachable(node, cause);
  });
  const { answer, etag } = answerOf(JSON.parse(bytes?.toString() ?? '{}') as ForwardedAnswer);
  if (etag !== undefined) tag(etag);
  return answer;
}

function unreachable({ name }: Peer, cause: unknown): OperationError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const remedy = `Look at the nodes and try again. If ${name} is gone for good, its encoders connect to another node, which has their streams then.`;
  return new OperationError(503, 'NODE_UNREACHABLE', `the node ${name} cannot be reached: ${why}`, remedy);
}
