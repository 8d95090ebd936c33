import pg from 'pg';

const PROBE_EVERY_MS = 5_000;
const PROBE_TIMEOUT_MS = 5_000;

/** The one connection that hears NOTIFY, and by whose end we learn that the database is gone. */
export class Listener {
  readonly lost: Promise<Error>;
  readonly #client: pg.Client;
  readonly #channels = new Set<string>();
  #asked: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  private constructor(client: pg.Client, heard: (channel: string, payload: string) => void) {
    this.#client = client;
    client.on('notification', ({ channel, payload }) => heard(channel, payload ?? ''));
    this.lost = new Promise((resolve) => {
      client.once('error', resolve);
      client.once('end', () => resolve(new Error('the connection to the database ended')));
      this.#timer = setInterval(() => {
        this.#ask('select 1').catch(resolve);
      }, PROBE_EVERY_MS);
      this.#timer.unref();
    });
    client.on('error', () => undefined);
  }

  /** Connects and probes every 5 s, so that a silent network is noticed too. */
  static async connect(config: pg.ClientConfig, heard: (channel: string, payload: string) => void): Promise<Listener> {
    const client = new pg.Client({ ...config, keepAlive: true, query_timeout: PROBE_TIMEOUT_MS });
    const listener = new Listener(client, heard);
    try {
      await client.connect();
      return listener;
    } catch (error) {
      await listener.close();
      throw error;
    }
  }

  /** Hears a channel from now on. */
  async listen(channel: string): Promise<void> {
    if (this.#channels.has(channel)) return;
    this.#channels.add(channel);
    await this.#ask(`listen ${pg.escapeIdentifier(channel)}`);
  }

  /** One after the other: a client takes one query at a time. */
  #ask(text: string): Promise<unknown> {
    const answer = this.#asked.then(() => this.#client.query(text));
    this.#asked = answer.catch(() => undefined);
    return answer;
  }

  /** Ends the connection. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#client.end().catch(() => undefined);
  }
}
