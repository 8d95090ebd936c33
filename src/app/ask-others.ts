import type { IncomingMessage } from 'node:http';
import { askAsViewer, atMost, nameable, type Ownership, type ViewerQuestion } from '../cluster/index.ts';
import type { StreamId } from '../live/index.ts';
import type { Members } from './cluster-members.ts';

/** Of viewers, that wait for another node's answer at a time: each has a connection of its own. */
const MOST_QUESTIONS = 256;

/** Asks the nodes that may have what this one has not of a stream what a viewer asks: its last owner first. */
export function askOthers({ nodes, placeOf }: Members, ownership: Ownership) {
  return atMost(MOST_QUESTIONS, async (id: StreamId, question: ViewerQuestion) => {
    const [lastOwner] = nameable(id).flatMap((each) => ownership.lastOwnerOf(each) ?? []);
    const others = nodes.others().sort((a, b) => Number(b.nodeId === lastOwner) - Number(a.nodeId === lastOwner));
    for (const { address } of others) {
      const answered = await askAsViewer(placeOf(address), question).catch(() => undefined);
      if (answered && hasAnswered(answered)) return answered;
      answered?.resume();
    }
    return undefined;
  });
}

/** It has what is asked for, or knows why nobody gets it. */
function hasAnswered({ statusCode = 500 }: IncomingMessage): boolean {
  return statusCode !== 404 && statusCode < 500;
}
