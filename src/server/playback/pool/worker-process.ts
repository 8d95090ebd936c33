import type { Worker } from 'node:cluster';
import type { Socket } from 'node:net';
import type { FromWorker, ToWorker, WorkerReport } from '../index.ts';

export type WorkerProcessOptions = {
  /** A name for people, that stays when the process is replaced. */
  readonly name: number;
  readonly worker: Worker;
  readonly onMessage: (message: FromWorker) => void;
  /** The process is gone; called once. */
  readonly onGone: (how: { readonly code: number; readonly signal: string | undefined }) => void;
};

export type GivenConnection = {
  readonly connection: number;
  readonly socket: Socket;
  readonly isTls: boolean;
  /** It is over. */
  readonly leave: () => void;
  /** The process went before it got it. */
  readonly giveElsewhere: () => void;
};

/** What a worker has open beside viewers' connections. */
const SPARE_DESCRIPTORS = 32;
const FILLED = 0.97;

/** One process that serves viewers: what it is told and given, and what it holds. */
export class WorkerProcess {
  readonly name: number;
  readonly #worker: Worker;
  readonly #leave = new Map<number, () => void>();
  /** What is done with connections that wait to be sent: the process takes one after the other. */
  readonly #unsent = new Map<number, () => void>();
  readonly gone: Promise<void>;
  #isReady = false;
  #isStopping = false;
  /** What it said last. */
  state: WorkerReport['state'] | undefined;

  constructor({ name, worker, onMessage, onGone }: WorkerProcessOptions) {
    this.name = name;
    this.#worker = worker;
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'ready') this.#isReady = true;
      else if (message.kind === 'closed') this.#closed(message.connections);
      else if (message.kind === 'report') this.state = message.report.state;
      onMessage(message);
    });
    // What cannot be told to a process that ends is nothing to it any more.
    worker.on('error', () => undefined);
    this.gone = new Promise((resolve) => {
      worker.once('exit', (code, signal) => {
        this.#isReady = false;
        this.#closed([...this.#leave.keys()]);
        onGone({ code, signal: signal ?? undefined });
        closeWhatWasOnItsWay(worker.process);
        for (const giveElsewhere of this.#unsent.values()) giveElsewhere();
        this.#unsent.clear();
        resolve();
      });
    });
  }

  /** Of the process; no two have the same. */
  get number(): number {
    return this.#worker.id;
  }

  get pid(): number | undefined {
    return this.#worker.process.pid;
  }

  get isReady(): boolean {
    return this.#isReady && !this.#isStopping && this.#worker.isConnected();
  }

  get connectionCount(): number {
    return this.#leave.size;
  }

  /** Has hardly a descriptor left: a connection that it cannot take in would be lost. */
  get isFull(): boolean {
    const most = this.state?.descriptors?.most;
    return most !== undefined && this.connectionCount + SPARE_DESCRIPTORS >= most * FILLED;
  }

  tell(message: ToWorker): void {
    if (this.#worker.isConnected()) this.#worker.send(message, () => undefined);
  }

  /** Hands a connection on. */
  give({ connection, socket, isTls, leave, giveElsewhere }: GivenConnection): void {
    this.#leave.set(connection, leave);
    this.#unsent.set(connection, giveElsewhere);
    this.#worker.send({ kind: 'connection', connection, isTls } satisfies ToWorker, socket, undefined, (error) => {
      this.#unsent.delete(connection);
      if (!error) return;
      socket.destroy();
      this.#closed([connection]);
    });
  }

  /** The connection is for somebody else than its other end. */
  counts(connection: number, leave: () => void): void {
    this.#leave.get(connection)?.();
    this.#leave.set(connection, leave);
  }

  /** Lets its viewers go and ends, or is ended. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    this.tell({ kind: 'stop' });
    const timer = setTimeout(() => this.kill(), graceMs);
    await this.gone;
    clearTimeout(timer);
  }

  kill(): void {
    this.#worker.process.kill('SIGKILL');
  }

  #closed(connections: readonly number[]): void {
    for (const connection of connections) {
      this.#leave.get(connection)?.();
      this.#leave.delete(connection);
    }
  }
}

/**
 * Node keeps the connection that a process has not said to have, and forgets it with the process: who is at its other end
 * would wait for ever.
 */
function closeWhatWasOnItsWay(process: object): void {
  const { _pendingMessage: sent } = process as { _pendingMessage?: { readonly handle?: { close(): void } } };
  sent?.handle?.close();
}
