import { z } from 'zod';
import { NodeError, type Peer, type Peers } from '../cluster/index.ts';
import { type Call, type Gather, notFound, type Operation, OperationError, type Said } from './base/index.ts';
import { answerOf, type ForwardedAnswer, type ForwardedCall } from './forwarded-call.ts';
import { NodeTroubleError } from './node-trouble.ts';
import { streamName, streamOf } from './schemas.ts';

/** The other nodes, as operations see them. */
export type OtherNodes = {
  readonly self: Pick<Peer, 'nodeId' | 'name' | 'version'>;
  readonly peers: Pick<Peers, 'all' | 'ask' | 'ownerOf' | 'holders'>;
};

/** What is forwarded is done within this time, or nobody knows. */
const PATIENCE_MS = 5000;
/** A list is not kept waiting for longer by a node that hangs. */
const LIST_PATIENCE_MS = 2000;

const namesOfStream = z.object({ domain: streamName, app: streamName, stream: streamName });
const namesOfNode = z.object({ node: z.string().optional() });

type AnyCall = Call<never, never, never>;

/** The same operations, each done by the node that can, whichever was asked, or by all. */
export function forwarded(operations: readonly Operation[], nodes: OtherNodes): readonly Operation[] {
  return operations.map((operation) => {
    const { gather } = operation;
    if (gather) return { ...operation, run: (call: AnyCall) => runEverywhere(operation, gather, call, nodes) };
    if (operation.at === undefined) return operation;
    return { ...operation, run: (call: AnyCall) => runAt(operation, call, nodes) };
  });
}

async function runEverywhere(operation: Operation, gather: Gather, call: AnyCall, nodes: OtherNodes) {
  const silent: string[] = [];
  const elsewhere = nodes.peers.all.map(async (node): Promise<Said[]> => {
    try {
      const { answer } = await forward(node, operation, call, nodes, LIST_PATIENCE_MS);
      return [{ node: node.name, answer }];
    } catch {
      silent.push(node.name);
      return [];
    }
  });
  const answer = await operation.run(call);
  const said = [{ node: nodes.self.name, answer }, ...(await Promise.all(elsewhere)).flat()];
  return { ...gather(said, call.query), ...(silent.length > 0 && { silentNodes: silent.sort() }) };
}

async function runAt(operation: Operation, call: AnyCall, nodes: OtherNodes): Promise<unknown> {
  if (operation.at === 'holder') return runAtHolder(operation, call, nodes);
  const node = operation.at === 'node' ? namedBy(call, nodes) : await nodes.peers.ownerOf(streamNamed(call));
  return node ? forwardOne(node, operation, call, nodes) : operation.run(call);
}

/** Here, or else where the stream is published, or else wherever it was. */
async function runAtHolder(operation: Operation, call: AnyCall, nodes: OtherNodes): Promise<unknown> {
  try {
    return await operation.run(call);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    let trouble: unknown;
    for (const node of await nodes.peers.holders(streamNamed(call))) {
      try {
        return await forwardOne(node, operation, call, nodes);
      } catch (other) {
        if (other instanceof NodeTroubleError) trouble ??= other;
        else if (!isNotFound(other)) throw other;
      }
    }
    // Who could not be asked may have it.
    throw trouble ?? error;
  }
}

const isNotFound = (error: unknown) => error instanceof OperationError && error.status === 404;

async function forwardOne(node: Peer, operation: Operation, call: AnyCall, nodes: OtherNodes): Promise<unknown> {
  const { answer, etag } = await forward(node, operation, call, nodes, PATIENCE_MS);
  if (etag !== undefined) call.tag(etag);
  return answer;
}

const streamNamed = ({ params }: Call) => streamOf(namesOfStream.parse(params));

/** Undefined of this node. */
function namedBy({ query }: Call, { self, peers }: OtherNodes): Peer | undefined {
  const { node } = namesOfNode.parse(query);
  if (node === undefined || node === self.nodeId || node === self.name) return undefined;
  const found = peers.all.find(({ nodeId }) => nodeId === node) ?? peers.all.find(({ name }) => name === node);
  if (found) return found;
  throw notFound('NODE_NOT_FOUND', `there is no node ${node}`, 'List the nodes.');
}

async function forward(node: Peer, { name }: Operation, call: AnyCall, nodes: OtherNodes, timeoutMs: number) {
  const { self, peers } = nodes;
  const { caller, ifMatch, signal } = call;
  const { params, query, body } = call as Call<Record<string, unknown>, Record<string, unknown>>;
  const by = { caller: caller.options, askedAt: self.name, ...(ifMatch !== undefined && { ifMatch }) };
  const asked: ForwardedCall = { name, params, query, body, ...by };
  try {
    const bytes = await peers.ask(node, { path: ['operations'], body: asked, timeoutMs, signal });
    if (!bytes) throw new NodeError('unknown', 'it does what others ask it by no such way');
    return answerOf(JSON.parse(bytes.toString()) as ForwardedAnswer);
  } catch (cause) {
    if (cause instanceof OperationError) throw cause;
    throw new NodeTroubleError(node, cause, self.version);
  }
}
