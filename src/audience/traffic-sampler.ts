import type { SessionListener, ViewerSession, ViewerSessions } from '../access/index.ts';
import { type AddressForm, keptAddress } from './address-form.ts';
import { agentOf, bytesOf, refererOf } from './session-record.ts';
import type { TopTraffic, TopValues } from './top-traffic.ts';

export type TrafficSamplerOptions = {
  readonly sessions: Pick<ViewerSessions, 'values'>;
  readonly top: TopTraffic;
  readonly addresses: AddressForm;
  readonly ownerOf: (session: ViewerSession) => string;
  readonly wallMs: () => number;
  readonly onSent: (session: ViewerSession, bytes: number) => void;
};

type Counted = { bytes: number; readonly values: TopValues };

const AT_ONCE = 500;
const LONGEST_AGENT = 200;
/** What viewers are counted under that do not say where they are or what they play with. */
export const UNSAID = '';

/** Counts what open sessions were given since the last look, and the rest of each when it ends. */
export class TrafficSampler implements SessionListener {
  readonly #options: TrafficSamplerOptions;
  readonly #counted = new WeakMap<ViewerSession, Counted>();
  #isSampling = false;

  constructor(options: TrafficSamplerOptions) {
    this.#options = options;
  }

  closed(session: ViewerSession): void {
    this.count(session);
  }

  /** Looks at all sessions, a few hundred at a time. */
  async sample(): Promise<void> {
    if (this.#isSampling) return;
    this.#isSampling = true;
    let seen = 0;
    for (const session of this.#options.sessions.values()) {
      this.count(session);
      if (++seen % AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    this.#isSampling = false;
  }

  /** Counts what a session was given since the last time. */
  count(session: ViewerSession): void {
    const bytes = bytesOf(session);
    const counted = this.#counted.get(session) ?? { bytes: 0, values: this.#valuesOf(session) };
    const grown = bytes - counted.bytes;
    if (grown > 0) {
      this.#options.top.add(session.domain, grown, counted.values, this.#options.wallMs());
      this.#options.onSent(session, grown);
    }
    counted.bytes = bytes;
    this.#counted.set(session, counted);
  }

  #valuesOf(session: ViewerSession): TopValues {
    const { addresses, ownerOf } = this.#options;
    const address = keptAddress(session.address, addresses);
    return {
      stream: `${session.app}/${ownerOf(session)}`,
      ...(address !== undefined && { address }),
      referer: siteOf(refererOf(session)),
      agent: agentOf(session)?.slice(0, LONGEST_AGENT) ?? UNSAID,
    };
  }
}

/** Host and port of a page: its path is nobody's concern. */
function siteOf(referer: string | undefined): string {
  if (referer === undefined || !URL.canParse(referer)) return UNSAID;
  return new URL(referer).host;
}
