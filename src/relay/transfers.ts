import { type Clock, type Registry, type Stream, type StreamId, streamKey } from '../live/index.ts';
import { matchesSubject, type TransferRule } from '../rules/index.ts';
import { type Destination, Transfer, type TransferOptions, type TransferOverview } from './transfer.ts';
import { isOpen } from './window.ts';

export type TransfersOptions = Pick<TransferOptions, 'onChange' | 'onSent'> & {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly rules: () => readonly TransferRule[];
};

/** A rule, and what became of it on this node. */
export type TransferStatus = {
  readonly rule: TransferRule;
  /** `off`: switched off, or not its time; `idle`: no stream that it is about is live. */
  readonly state: 'off' | 'idle' | 'running';
  readonly transfers: readonly TransferOverview[];
};

type Running = {
  readonly rule: string;
  readonly destination: Destination;
  readonly transfer: Transfer;
  stream: Stream;
};

const LOOK_MS = 1000;

/** All live streams of this node that are pushed on to other servers. */
export class Transfers {
  readonly #options: TransfersOptions;
  readonly #running = new Map<string, Running>();
  readonly #stopListening: () => void;
  #cancel: () => void = () => {};
  #isClosed = false;

  constructor(options: TransfersOptions) {
    this.#options = options;
    this.#stopListening = options.registry.listen({
      published: ({ isResumed }) => {
        if (!isResumed) this.reconcile();
      },
      ended: (stream) => {
        for (const [key, running] of [...this.#running]) if (running.stream === stream) this.#end(key);
      },
    });
    this.#look();
  }

  /** To be called when the rules have changed. */
  reconcile(): void {
    if (this.#isClosed) return;
    const wanted = this.#wanted();
    for (const [key, { destination, stream }] of [...this.#running]) {
      const now = wanted.get(key);
      const isSame = now?.stream === stream && JSON.stringify(now.destination) === JSON.stringify(destination);
      if (!isSame) this.#end(key);
    }
    const { clock, onChange, onSent } = this.#options;
    for (const [key, { rule, stream, destination }] of wanted) {
      if (this.#running.has(key)) continue;
      const transfer = new Transfer({ name: rule, stream, destination, clock, onChange, onSent });
      this.#running.set(key, { rule, stream, destination, transfer });
    }
  }

  statuses(): TransferStatus[] {
    return this.#options.rules().map((rule) => {
      const transfers = [...this.#running.values()].filter((each) => each.rule === rule.name);
      const state = transfers.length > 0 ? 'running' : this.#isOn(rule) ? 'idle' : 'off';
      return { rule, state, transfers: transfers.map(({ transfer }) => transfer.overview()) };
    });
  }

  /** Where the stream is pushed on to. */
  of(id: StreamId): TransferOverview[] {
    return [...this.#running.values()].flatMap(({ transfer, stream }) =>
      streamKey(stream.id) === streamKey(id) ? [transfer.overview()] : [],
    );
  }

  /** Begins all of a rule anew; says how many. */
  restart(name: string): number {
    const running = [...this.#running.values()].filter(({ rule }) => rule === name);
    for (const { transfer } of running) transfer.restart();
    return running.length;
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel();
    this.#stopListening();
    for (const key of [...this.#running.keys()]) this.#end(key);
  }

  #look(): void {
    this.reconcile();
    this.#cancel = this.#options.clock.after(LOOK_MS, () => this.#look());
  }

  #wanted(): Map<string, Omit<Running, 'transfer'>> {
    const wanted = new Map<string, Omit<Running, 'transfer'>>();
    const rules = this.#options.rules().filter((rule) => this.#isOn(rule));
    if (rules.length === 0) return wanted;
    for (const stream of this.#options.registry.streams()) {
      const { domain, app, name } = stream.id;
      for (const { name: rule, match, destinations } of rules) {
        if (!matchesSubject(match, { domain, app, stream: name })) continue;
        for (const destination of destinations) {
          wanted.set(`${rule}\n${destination.name}\n${streamKey(stream.id)}`, { rule, stream, destination });
        }
      }
    }
    return wanted;
  }

  #isOn(rule: TransferRule): boolean {
    return rule.enabled && isOpen(rule, this.#options.clock.wallMs());
  }

  #end(key: string): void {
    const running = this.#running.get(key);
    this.#running.delete(key);
    running?.transfer.close();
  }
}
