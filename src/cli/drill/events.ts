import type { ApiClient } from '../installation/index.ts';

export type DrillEvent = {
  readonly id: string;
  readonly kind: string;
  readonly domain: string;
  readonly app: string;
  readonly stream: string;
  readonly data: { readonly alarm?: { readonly code?: string } };
};

type Page = { readonly events: readonly DrillEvent[]; readonly cursor: number };

/** What happened in one domain since the drill began, read anew each time that it is asked. */
export class DrillEvents {
  readonly #api: Pick<ApiClient, 'get'>;
  readonly #domain: string;
  readonly #seen: DrillEvent[] = [];
  #cursor: number;

  private constructor(api: Pick<ApiClient, 'get'>, domain: string, cursor: number) {
    this.#api = api;
    this.#domain = domain;
    this.#cursor = cursor;
  }

  static async open(api: Pick<ApiClient, 'get'>, domain: string): Promise<DrillEvents> {
    const { cursor } = await api.get<Page>('/events?after=latest');
    return new DrillEvents(api, domain, cursor);
  }

  async all(): Promise<readonly DrillEvent[]> {
    const { events, cursor } = await this.#api.get<Page>(`/events?after=${this.#cursor}&limit=1000`);
    this.#cursor = cursor;
    this.#seen.push(...events.filter(({ domain }) => domain === this.#domain));
    return this.#seen;
  }

  /** How many of a kind there were; of an alarm of this code, where one is named. */
  async count(kind: string, code?: string): Promise<number> {
    const isIt = (event: DrillEvent) => event.kind === kind && (code === undefined || event.data.alarm?.code === code);
    return (await this.all()).filter(isIt).length;
  }
}
