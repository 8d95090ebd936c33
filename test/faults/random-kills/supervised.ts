import { once } from 'node:events';
import type { RulesInput } from '../../../src/rules/index.ts';
import { freePort } from '../../support/free-port.ts';
import { type Headwater, startHeadwater } from '../../support/index.ts';
import { kill } from './processes.ts';

type Options = { readonly rules: RulesInput; readonly dataDir: string; readonly env: NodeJS.ProcessEnv };

/** A server that is started again whenever it ends, on the same ports and folders, as by systemd. */
export class Supervised {
  readonly #options: Options;
  #server: Headwater | undefined;
  #upSinceMs = Number.POSITIVE_INFINITY;
  #isOver = false;
  #running: Promise<void> = Promise.resolve();
  starts = 0;

  private constructor(options: Options) {
    this.#options = options;
  }

  static async start(options: Options): Promise<Supervised> {
    const [rtmp, playback, control] = [await freePort(), await freePort(), await freePort()];
    const ports = {
      HEADWATER_RTMP_PORT: String(rtmp),
      HEADWATER_PLAYBACK_PORT: String(playback),
      HEADWATER_CONTROL_PORT: String(control),
    };
    const supervised = new Supervised({ ...options, env: { ...options.env, ...ports } });
    await supervised.#start();
    supervised.#running = supervised.#keepUp();
    return supervised;
  }

  get server(): Headwater {
    if (this.#server === undefined) throw new Error('the server was never started');
    return this.#server;
  }

  get pid(): number {
    return this.server.child.process.pid ?? Number.NaN;
  }

  /** How long it has been up, in ms; 0 while it is down. */
  upMs(): number {
    return Math.max(0, performance.now() - this.#upSinceMs);
  }

  kill(): void {
    this.#upSinceMs = Number.POSITIVE_INFINITY;
    kill(this.pid);
  }

  /** Ends it for good, in its own time; gives the exit code. */
  async stop(): Promise<number | null> {
    this.#isOver = true;
    const code = await this.server.stop('SIGTERM');
    await this.#running;
    return code;
  }

  async #start(): Promise<void> {
    this.#server = await startHeadwater(this.#options);
    this.#upSinceMs = performance.now();
    this.starts++;
  }

  async #keepUp(): Promise<void> {
    while (!this.#isOver) {
      const { process: child } = this.server.child;
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      this.#upSinceMs = Number.POSITIVE_INFINITY;
      if (!this.#isOver) await this.#startAtLast();
    }
  }

  /** A machine that has much else to do may not get it up in time: it is tried again. */
  async #startAtLast(): Promise<void> {
    const isUp = () =>
      this.#start().then(
        () => true,
        () => this.#isOver,
      );
    while (!(await isUp()));
  }
}
