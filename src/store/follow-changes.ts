import { rootMessage } from './base/index.ts';
import type { Store } from './store.ts';

const POLL_EVERY_MS = 5_000;

export type ChangesToFollow = {
  readonly store: Store;
  /** On which each change is told. */
  readonly channel: string;
  /** The same text as long as nothing changed. */
  readonly fingerprint: () => Promise<string>;
  readonly callback: () => void;
  readonly onFailure: (reason: string) => void;
};

/** Calls back when the database is there, and after each change by any node (polled every 5 s); returns the way to end it. */
export function followChanges({ store, channel, fingerprint, callback, onFailure }: ChangesToFollow): () => void {
  let known: string | undefined;
  const ask = () => {
    if (store.state.kind !== 'ready') {
      known = undefined;
      return;
    }
    fingerprint().then(
      (now) => {
        if (now === known) return;
        known = now;
        callback();
      },
      (error: unknown) => onFailure(rootMessage(error)),
    );
  };
  const timer = setInterval(ask, POLL_EVERY_MS).unref();
  const endListening = store.listen(channel, callback);
  const endState = store.onState(ask);
  return () => {
    clearInterval(timer);
    endListening();
    endState();
  };
}
