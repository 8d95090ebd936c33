import {
  addressGroup,
  type TrafficMeter,
  type ViewerLimits,
  type ViewerSession,
  type ViewerSessions,
} from '../access/index.ts';
import { type StreamId, streamKey } from '../live/index.ts';
import { appLimits, type CapacityLimits, type CompiledRules, type DomainRule } from '../rules/index.ts';
import type { Publishers } from './publishers.ts';

/** How much of something is used. */
export type Used = Readonly<Record<keyof CapacityLimits, number>>;

export type CapacityOptions = {
  readonly rules: () => CompiledRules;
  readonly publishers: Publishers;
  readonly sessions: () => Pick<ViewerSessions, 'domainCount' | 'appCount'>;
  readonly traffic: Pick<TrafficMeter, 'mbps'>;
  /** What the other nodes send there, in Mb/s. */
  readonly egressElsewhere?: (place: Place) => number;
  /** The streams whose renditions are encoded now, once for each. */
  readonly encoded: () => Iterable<StreamId>;
  /** Why a budget lets in nothing more of this kind. */
  readonly overspent?: (id: StreamId, what: 'publishes' | 'renditions') => string | undefined;
  readonly nowMs: () => number;
};

type Place = { readonly domain: string; readonly app?: string | undefined };

/** What the rules allow at once in a domain and its apps, how much of it is used, and who would be one too many. */
export class Capacity {
  readonly #options: CapacityOptions;

  constructor(options: CapacityOptions) {
    this.#options = options;
  }

  used({ domain, app }: Place): Used {
    const { sessions, traffic } = this.#options;
    return {
      publishers: [...this.#publishersIn({ domain, app })].length,
      viewers: app === undefined ? sessions().domainCount(domain) : sessions().appCount(domain, app),
      ingestMbps: this.#ingestMbps({ domain, app }),
      egressMbps: traffic.mbps(domain, app),
      transcodes: this.#transcodes({ domain, app }),
    };
  }

  /** The apps of a domain in which there is anything now. */
  appsOf(domain: string): string[] {
    const ids = [...this.#options.publishers.infos()].map(({ id }) => id);
    return [...new Set(ids.flatMap((id) => (id.domain === domain ? [id.app] : [])))].sort();
  }

  /** Why one more publisher can't be let in; one of the same name doesn't count, as it gives way. */
  publisherObstacle(id: StreamId, address: string): { readonly reason: string } | undefined {
    const rule = this.#options.rules().domain(id.domain);
    if (!rule) return undefined;
    const { publishersPerAddress } = rule.limits;
    if (publishersPerAddress > 0 && this.#fromAddress(id, address) >= publishersPerAddress) {
      return { reason: publishersReached(publishersPerAddress) };
    }
    for (const { limits, place, words } of placesOf(rule, id.app)) {
      if (limits.publishers > 0 && this.#othersIn(place, id) >= limits.publishers) {
        return { reason: publishersReached(limits.publishers, place.app) };
      }
      const mbps = limits.ingestMbps > 0 ? this.#ingestMbps(place) : 0;
      if (mbps > 0 && mbps >= limits.ingestMbps) {
        const remedy = 'end another stream, or raise limits.ingestMbps';
        return { reason: `${words} takes in ${mbps.toFixed(1)} of ${limits.ingestMbps} Mb/s; ${remedy}` };
      }
    }
    const reason = this.#options.overspent?.(id, 'publishes');
    return reason === undefined ? undefined : { reason };
  }

  /** How many viewers the rules allow where this one is. */
  viewerLimits({ domain, app, stream }: Pick<ViewerSession, 'domain' | 'app' | 'stream'>): ViewerLimits {
    const rules = this.#options.rules();
    const rule = rules.domain(domain);
    return {
      stream: rules.settingsFor(domain, app, stream).delivery.maxViewers,
      domain: rule?.limits.viewers ?? 0,
      app: (rule && appLimits(rule, app)?.viewers) ?? 0,
      address: rule?.limits.viewersPerAddress ?? 0,
      uid: rule?.play.sessionsPerUid ?? 0,
    };
  }

  /** Why nobody more can be sent anything there. */
  egressOverrun({ domain, app }: Pick<ViewerSession, 'domain' | 'app'>): string | undefined {
    const rule = this.#options.rules().domain(domain);
    for (const { limits, place, words } of rule ? placesOf(rule, app) : []) {
      if (limits.egressMbps === 0) continue;
      const elsewhere = this.#options.egressElsewhere?.(place) ?? 0;
      const mbps = this.#options.traffic.mbps(place.domain, place.app) + elsewhere;
      if (mbps > 0 && mbps >= limits.egressMbps) {
        return `${words} sends ${mbps.toFixed(1)} of ${limits.egressMbps} Mb/s to viewers`;
      }
    }
    return undefined;
  }

  /** Why no further rendition of a stream can be encoded, beside so many that are about to be. */
  transcodeOverrun({ domain, app, name }: StreamId, more: number): string | undefined {
    const rule = this.#options.rules().domain(domain);
    for (const { limits, place, words } of rule ? placesOf(rule, app) : []) {
      if (limits.transcodes > 0 && this.#transcodes(place) + more >= limits.transcodes) {
        return `${words} has its limit of ${limits.transcodes} renditions that are encoded at once`;
      }
    }
    return this.#options.overspent?.({ domain, app, name }, 'renditions');
  }

  *#publishersIn(place: Place) {
    for (const info of this.#options.publishers.infos()) if (isIn(info.id, place)) yield info;
  }

  #othersIn(place: Place, id: StreamId): number {
    return [...this.#publishersIn(place)].filter((each) => streamKey(each.id) !== streamKey(id)).length;
  }

  #fromAddress(id: StreamId, address: string): number {
    const group = addressGroup(address);
    const others = [...this.#publishersIn({ domain: id.domain })].filter(
      (each) => streamKey(each.id) !== streamKey(id),
    );
    return others.filter((each) => addressGroup(each.address) === group).length;
  }

  #ingestMbps(place: Place): number {
    const { publishers, nowMs } = this.#options;
    let kbps = 0;
    for (const { sessionId } of this.#publishersIn(place)) {
      const measured = publishers.get(sessionId)?.state?.ingest.meter.measure(nowMs());
      kbps += (measured?.videoKbps ?? 0) + (measured?.audioKbps ?? 0);
    }
    return kbps / 1000;
  }

  #transcodes(place: Place): number {
    return [...this.#options.encoded()].filter((id) => isIn(id, place)).length;
  }
}

/** The domain and the app, each with its limits and what it is called. */
function placesOf(rule: DomainRule, app: string) {
  const { name: domain, limits } = rule;
  const ofApp = appLimits(rule, app);
  return [
    { limits, place: { domain, app: undefined }, words: `the domain ${domain}` },
    ...(ofApp ? [{ limits: ofApp, place: { domain, app }, words: `the app ${app}` }] : []),
  ];
}

function isIn(id: StreamId, { domain, app }: Place): boolean {
  return id.domain === domain && (app === undefined || id.app === app);
}

function publishersReached(limit: number, app?: string): string {
  return `limit of ${limit} publishers reached${app === undefined ? '' : ` in the app ${app}`}`;
}
