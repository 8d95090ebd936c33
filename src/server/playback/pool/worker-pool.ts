import cluster from 'node:cluster';
import { createServer, type Server, type Socket } from 'node:net';
import type { ConnectionLimits } from '../../../access/index.ts';
import type { Clock } from '../../../live/index.ts';
import { FloodLine, type Logger } from '../../../log/index.ts';
import type { FromWorker, ToWorker, WorkerLine, WorkerSetup } from '../index.ts';
import { WorkerProcess } from './worker-process.ts';

export type WorkerPoolOptions = {
  readonly clock: Clock;
  readonly log: Logger;
  readonly count: number;
  /** What a process is started with: as this one was, and then these. */
  readonly args: readonly string[];
  readonly connections: ConnectionLimits;
  /** What is the same for all of them. */
  readonly setup: () => Omit<WorkerSetup, 'worker' | 'name'>;
  readonly heard: (worker: number, message: FromWorker) => void;
  readonly onGone: (worker: number) => void;
  readonly onRefused: (reason: 'LIMIT') => void;
};

const FIRST_REST_MS = 100;
const LONGEST_REST_MS = 30_000;
/** A process that lasted this long has not failed at its start. */
const STEADY_MS = 30_000;
const STOP_MS = 8000;
const LOOK_MS = 1000;
/** Workers report every second; one that says nothing for this long gets no new viewers. */
const QUIET_LOOKS = 4;
/** One that says nothing for this long hangs. */
const SILENT_LOOKS = 20;

/** A place for a process, with the one that has it now. */
type Seat = {
  readonly name: number;
  process: WorkerProcess | undefined;
  startedMs: number;
  restMs: number;
  restarts: number;
  silentLooks: number;
};

/**
 * The processes that serve viewers. The server accepts all connections and hands each to the process that has the
 * fewest: so limits are exact, the port stays when a process dies, and without any process the server answers itself.
 */
export class WorkerPool implements WorkerLine {
  readonly #options: WorkerPoolOptions;
  readonly #seats: Seat[];
  readonly #fronts: Server[] = [];
  readonly #refusals: FloodLine;
  #connection = 0;
  #isClosed = false;
  #cancelLook: () => void = () => {};

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#seats = Array.from({ length: options.count }, (_, index) => ({
      ...{ name: index + 1, process: undefined, startedMs: 0, restMs: 0, restarts: 0, silentLooks: 0 },
    }));
    this.#refusals = new FloodLine(options.clock, (address, refused) => {
      options.log.warn({ address, refused }, 'playback connections refused, there are too many');
    });
  }

  /** Starts all processes; they take connections as soon as they are ready. */
  start(): void {
    cluster.setupPrimary({ args: [...this.#options.args], serialization: 'json' });
    for (const seat of this.#seats) this.#fork(seat);
    this.#lookLater();
  }

  *states() {
    for (const { name, process, restarts } of this.#seats) {
      const { isReady = false, connectionCount = 0, number, pid, state } = process ?? {};
      yield { name, number, pid, restarts, isReady, connectionCount, state };
    }
  }

  /**
   * What listens in the place of a server of our own.
   *
   * @param own answers while there is no worker
   */
  front(own: Server, isTls: boolean): Server {
    const front = createServer({ pauseOnConnect: true, noDelay: true, allowHalfOpen: true }, (socket) =>
      this.#accept(socket, own, isTls),
    );
    // Servers of HTTP begin to watch over slow requests when they listen.
    front.once('listening', () => own.emit('listening'));
    this.#fronts.push(front);
    return front;
  }

  tell(worker: number, message: ToWorker): void {
    this.#processOf(worker)?.tell(message);
  }

  tellAll(message: ToWorker): void {
    for (const { process } of this.#seats) process?.tell(message);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelLook();
    for (const front of this.#fronts) front.close();
    await Promise.all(this.#seats.map(({ process }) => process?.stop(STOP_MS)));
  }

  #processOf(worker: number): WorkerProcess | undefined {
    return this.#seats.find(({ process }) => process?.number === worker)?.process;
  }

  #fork(seat: Seat): void {
    const { log, clock } = this.#options;
    seat.startedMs = clock.nowMs();
    seat.silentLooks = 0;
    const process: WorkerProcess = new WorkerProcess({
      name: seat.name,
      worker: cluster.fork(),
      onMessage: (message) => this.#heard(seat, process, message),
      onGone: (how) => {
        seat.process = undefined;
        this.#options.onGone(process.number);
        if (!this.#isClosed) this.#again(seat, { worker: seat.name, pid: process.pid, ...how });
      },
    });
    seat.process = process;
    log.debug({ worker: seat.name, pid: process.pid }, 'playback worker starts');
  }

  #heard(seat: Seat, process: WorkerProcess, message: FromWorker): void {
    const { log, heard } = this.#options;
    seat.silentLooks = 0;
    if (message.kind === 'hello') this.#setUp(seat, process);
    else if (message.kind === 'ready') log.info({ worker: seat.name, pid: process.pid }, 'playback worker ready');
    else if (message.kind === 'proxied') this.#proxied(process, message);
    else heard(process.number, message);
  }

  #setUp({ name }: Seat, process: WorkerProcess): void {
    process.tell({ kind: 'setup', setup: { ...this.#options.setup(), worker: process.number, name } });
  }

  #again(seat: Seat, how: Readonly<Record<string, unknown>>): void {
    const { clock, log } = this.#options;
    const isSteady = clock.nowMs() - seat.startedMs >= STEADY_MS;
    seat.restMs = isSteady ? FIRST_REST_MS : Math.min(LONGEST_REST_MS, seat.restMs * 2 || FIRST_REST_MS);
    seat.restarts++;
    log.error({ ...how, againInMs: seat.restMs }, 'playback worker ended, another one takes its place');
    clock.after(seat.restMs, () => {
      if (!this.#isClosed) this.#fork(seat);
    });
  }

  #accept(socket: Socket, own: Server, isTls: boolean): void {
    socket.on('error', () => socket.destroy());
    const process = this.#leastBusy();
    if (!process) {
      own.emit('connection', socket);
      // TLS has no listener: it takes what was read by itself, and would lose what flows.
      if (socket.listenerCount('data') > 0) socket.resume();
      return;
    }
    const address = socket.remoteAddress ?? '';
    const leave = this.#options.connections.enter(address);
    if (!leave) {
      this.#refusals.add(address);
      socket.destroy();
      this.#options.onRefused('LIMIT');
      return;
    }
    process.give({
      ...{ connection: ++this.#connection, socket, isTls, leave },
      giveElsewhere: () => this.#accept(socket, own, isTls),
    });
  }

  #proxied(process: WorkerProcess, { connection, address }: Extract<FromWorker, { kind: 'proxied' }>): void {
    process.counts(connection, () => {});
    const leave = this.#options.connections.enter(address);
    if (leave) {
      process.counts(connection, leave);
      return;
    }
    this.#refusals.add(address);
    this.#options.onRefused('LIMIT');
    process.tell({ kind: 'refuse', connection });
  }

  #leastBusy(): WorkerProcess | undefined {
    let least: WorkerProcess | undefined;
    for (const { process, silentLooks } of this.#seats) {
      if (!process?.isReady || process.isFull || silentLooks >= QUIET_LOOKS) continue;
      if (process.connectionCount < (least?.connectionCount ?? Number.POSITIVE_INFINITY)) {
        least = process;
      }
    }
    return least;
  }

  #lookLater(): void {
    this.#cancelLook = this.#options.clock.after(LOOK_MS, () => {
      for (const seat of this.#seats) this.#look(seat);
      this.#lookLater();
    });
  }

  #look(seat: Seat): void {
    if (!seat.process?.isReady || ++seat.silentLooks < SILENT_LOOKS) return;
    this.#options.log.error({ worker: seat.name, pid: seat.process.pid }, 'playback worker hangs and is ended');
    seat.process.kill();
  }
}
