import { type Condition, type ExpectedStream, streamOffline } from '../alarm/index.ts';
import { matchesPattern } from '../rules/index.ts';
import type { AlarmTables } from '../store/index.ts';
import type { Base } from './base.ts';
import { expectedStreams } from './expected-streams.ts';
import type { State } from './open-state.ts';
import type { Streams } from './open-streams.ts';

/** A node that was not heard of for so long has no streams any more. */
const NODE_TIMEOUT_MS = 30_000;
const ASK_MS = 2000;

type Around = { readonly nodeId: string; readonly node: string; readonly isWatcher: () => boolean };

/** Everything that alarms are raised for, from what the server knows; `sample` asks the database now and then. */
export function alarmConditions(
  { clock, log }: Base,
  { rules }: State,
  { registry }: Streams,
  tables: AlarmTables,
  { nodeId, isWatcher }: Around,
) {
  let elsewhere: readonly { readonly domain: string; readonly app: string; readonly stream: string }[] = [];
  let askedAtMs = Number.NEGATIVE_INFINITY;
  const isLive = ({ domain, app, stream }: ExpectedStream) => {
    const isIt = (found: string) => matchesPattern(domain, found);
    for (const { id, state } of registry.streams()) {
      if (state === 'publishing' && id.app === app && id.name === stream && isIt(id.domain)) return true;
    }
    return elsewhere.some((each) => each.app === app && each.stream === stream && isIt(each.domain));
  };
  const all: Condition[] = [streamOffline({ expected: () => expectedStreams(rules(), clock.wallMs()), isLive })];
  return {
    all,
    /** What is not known in memory, as it was when the database last answered. */
    async sample(): Promise<void> {
      if (!tables.isReady || !isWatcher() || clock.nowMs() - askedAtMs < ASK_MS) return;
      askedAtMs = clock.nowMs();
      try {
        elsewhere = await tables.streamsElsewhere(nodeId, NODE_TIMEOUT_MS);
      } catch (error) {
        if (tables.isReady) log.warn({ error }, 'what other nodes do could not be read');
      }
    },
    close() {},
  };
}
