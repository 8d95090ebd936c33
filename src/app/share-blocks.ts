import { z } from 'zod';
import type { BlockEntry } from '../access/index.ts';
import { BlockTable } from '../store/index.ts';
import type { Base } from './base.ts';
import type { State } from './open-state.ts';
import type { Streams } from './open-streams.ts';

const LOOK_MS = 5000;
/** More than passes between two looks. */
const CHANGED_SECONDS = 30;

const entries = z.array(
  z.object({
    ...{ domain: z.string(), app: z.string(), stream: z.string(), sinceMs: z.number(), untilMs: z.number() },
    ...{ reason: z.string(), by: z.string(), changedMs: z.number(), isLifted: z.boolean() },
  }),
);

/** What is blocked on one node is blocked on all: each is told at once, and the database tells those that were not there. */
export function shareBlocks(
  { log, clock }: Base,
  { store, blocks }: State,
  { registry, cluster }: Streams,
): { readonly close: () => void } {
  const table = new BlockTable(store);
  const failed = (error: unknown) => log.warn({ error }, 'blocked streams could not be shared');
  const take = (changed: readonly BlockEntry[]) => blocks.take(registry, changed);
  const look = async (seconds?: number) => {
    if (table.isReady) await take(await table.changed(seconds));
  };
  const begin = async () => {
    await table.put(blocks.entries());
    await look();
    await table.forgetOver(clock.wallMs());
  };
  const tellPeers = (entry: BlockEntry) => {
    const told = cluster?.peers.all.map((peer) => cluster.peers.ask(peer, { path: ['blocks'], body: [entry] }));
    return Promise.allSettled(told ?? []);
  };
  blocks.share(async (entry) => {
    const put = table.isReady ? table.put([entry]).catch(failed) : undefined;
    await Promise.all([tellPeers(entry), put]);
  });
  cluster?.questions.on('POST blocks', async ({ body }) => {
    await take(entries.parse(body));
    return {};
  });
  const lookNow = () => void look(CHANGED_SECONDS).catch(failed);
  const endListening = table.onChange(lookNow, () => void begin().catch(failed));
  if (table.isReady) void begin().catch(failed);
  const looking = setInterval(lookNow, LOOK_MS).unref();
  return {
    close: () => {
      endListening();
      clearInterval(looking);
    },
  };
}
