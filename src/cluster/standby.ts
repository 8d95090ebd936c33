import { crc32 } from 'node:zlib';
import { type StreamId, streamKey } from '../live/index.ts';

/**
 * The node that keeps a copy of a stream though nobody watches it there, so that it goes on behind that when its owner
 * dies: one of the others, the same wherever this is asked, and another one for the next stream. Undefined where the
 * owner is alone. By the highest hash of stream and node, so that few streams move when a node comes or goes.
 */
export function standbyOf<T extends { readonly nodeId: string }>(
  id: StreamId,
  ownerId: string,
  nodes: readonly T[],
): T | undefined {
  const key = streamKey(id);
  const rated = nodes.flatMap((node) =>
    node.nodeId === ownerId ? [] : [{ node, rate: crc32(`${key}\n${node.nodeId}`) }],
  );
  return rated.toSorted((a, b) => b.rate - a.rate).at(0)?.node;
}
