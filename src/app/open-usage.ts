import { join } from 'node:path';
import type { Registry } from '../live/index.ts';
import type { Publishers, UsageDoor } from '../operations/index.ts';
import type { Ladders } from '../transcode/index.ts';
import { Accountant, StreamCounters, Usage, UsageMeter, type UsageStream } from '../usage/index.ts';
import type { Base } from './base.ts';
import { countViewers } from './count-viewers.ts';
import type { State } from './open-state.ts';
import { usageSampler } from './sample-usage.ts';

type Neighbours = {
  readonly registry: Registry;
  readonly publishers: Publishers;
  readonly ladders: () => Ladders | undefined;
};

/** What is delivered and done, counted; to be closed when nothing is delivered any more. */
export async function openUsage({ config, clock, log, metrics, closer }: Base, state: State, neighbours: Neighbours) {
  const { store, rules, secrets } = state;
  const tagsOf = ({ domain, app, stream }: UsageStream) =>
    Object.entries(rules().tagsFor(domain, app, stream)).map(([name, value]) => `${name}:${value}`);
  const meter = new UsageMeter({ nowMs: clock.nowMs, wallMs: clock.wallMs, tagsOf });
  const counters = new StreamCounters(meter, neighbours.registry);
  const viewers = countViewers(meter, counters, clock.wallMs);
  const sampler = usageSampler({ ...neighbours, meter, counters, clock });
  const accountant = await Accountant.open({
    ...{ meter, store, clock, log, keep: config.usage.keep },
    node: secrets.nodeId,
    folder: join(config.dataDir, 'usage'),
    maxWaitingBytes: config.usage.waitingBytes,
    sample: () => {
      viewers.follow();
      sampler.sample();
    },
    onLost: (minutes) => metrics.usageLost.inc(minutes),
  });
  closer.add('usage', accountant);
  closer.add('usage of publishes', sampler);
  const usage = new Usage({ store, wallMs: clock.wallMs });
  const domains = () => rules().rules.domains.map(({ name }) => name);
  const downloaded: UsageDoor['downloaded'] = (id, sizeBytes) => {
    counters.sent(id, 'recordings', false).bytes += sizeBytes;
  };
  const door: UsageDoor = { usage, domains, wallMs: clock.wallMs, downloaded };
  return { meter, counters, viewers: viewers.listener, usage, door };
}

export type OpenedUsage = Awaited<ReturnType<typeof openUsage>>;
