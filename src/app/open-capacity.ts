import { TrafficMeter, type ViewerSessions } from '../access/index.ts';
import type { LimitShares } from '../cluster/index.ts';
import { Capacity, type CapacityOptions, limitsInUse, type Publishers } from '../operations/index.ts';
import { appLimits } from '../rules/index.ts';
import type { Ladders } from '../transcode/index.ts';
import type { Base } from './base.ts';
import type { State } from './open-state.ts';

const SAMPLE_MS = 1000;

type Later = {
  readonly publishers: Publishers;
  readonly sessions: () => ViewerSessions;
  readonly ladders: () => Ladders;
  readonly shared: () => Pick<LimitShares, 'tell' | 'elsewhere'> | undefined;
  readonly overspent: NonNullable<CapacityOptions['overspent']>;
};

/** What is used of the limits of domains and apps; measured, and told to the metrics, once a second from `startSampling` on. */
export function openCapacity({ clock, metrics, closer }: Base, { rules }: State, later: Later) {
  const { publishers, sessions, ladders } = later;
  const traffic = new TrafficMeter();
  const capacity = new Capacity({
    ...{ rules, publishers, sessions, traffic, nowMs: clock.nowMs, overspent: later.overspent },
    egressElsewhere: (place) => later.shared()?.elsewhere(egressKey(place)) ?? 0,
    encoded: function* () {
      for (const ladder of ladders()) for (let rung = 0; rung < ladder.encodedCount; rung++) yield ladder.stream.id;
    },
  });
  const sample = () => {
    traffic.sample(clock.nowMs());
    tellEgress();
    metrics.limitUsed.reset();
    metrics.limit.reset();
    for (const { domain, app = '', used, limits } of limitsInUse({ rules, capacity })) {
      const limited = Object.entries<number>(limits ?? {}).filter(([, limit]) => limit > 0);
      const now = limited.length > 0 ? used() : undefined;
      for (const [what, limit] of limited) {
        const value = now?.[what as keyof typeof now];
        if (value === undefined) continue;
        metrics.limitUsed.set({ domain, app, what }, value);
        metrics.limit.set({ domain, app, what }, limit);
      }
    }
  };
  /** What other nodes have to know so that limits are those of all together. */
  const tellEgress = () => {
    const shared = later.shared();
    if (!shared) return;
    for (const rule of rules().rules.domains) {
      const domain = rule.name;
      const apps = traffic.appsOf(domain).filter((app) => (appLimits(rule, app)?.egressMbps ?? 0) > 0);
      const whole = rule.limits.egressMbps > 0 ? [undefined] : [];
      for (const app of [...whole, ...apps]) shared.tell(egressKey({ domain, app }), traffic.mbps(domain, app));
    }
  };
  /** Once all is open that is measured. */
  const startSampling = () => {
    const timer = setInterval(sample, SAMPLE_MS).unref();
    closer.add('limits', { close: () => clearInterval(timer) });
  };
  return { traffic, capacity, startSampling };
}

function egressKey({ domain, app = '' }: { readonly domain: string; readonly app?: string | undefined }): string {
  return `egressMbps\n${domain}\n${app}`;
}
