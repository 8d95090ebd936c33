import type { Store } from './store.ts';

/** Where nothing is heard (PGlite), and where whoever looks must have a look again soon. */
const SOON_MS = 1_000;
/** Beside what is heard. */
const NOW_AND_THEN_MS = 5_000;

export type Looking = {
  readonly store: Store;
  /** On which it is heard that there is something new. */
  readonly channel: string;
  /** Resolves with `soon` where it must look again before anything is heard. Never runs twice at once. */
  readonly look: () => Promise<'soon' | 'later'>;
};

/** Looks now, at each NOTIFY, when the database is there again, and now and then in case a NOTIFY was missed. */
export function lookNowAndThen({ store, channel, look }: Looking): { readonly wake: () => void; end(): Promise<void> } {
  let isEnded = false;
  let isAskedAgain = false;
  let looking: Promise<void> | undefined;
  let againAtMs = 0;
  const wake = () => {
    if (isEnded || store.state.kind !== 'ready') return;
    isAskedAgain = looking !== undefined;
    looking ??= look().then((again) => {
      looking = undefined;
      againAtMs = performance.now() + (again === 'soon' || !store.hears ? SOON_MS : NOW_AND_THEN_MS);
      if (isAskedAgain) wake();
    });
  };
  const endListening = store.listen(channel, wake);
  const endState = store.onState(wake);
  // A little early: timers of the same length do not come at the same moment.
  const timer = setInterval(() => performance.now() >= againAtMs - SOON_MS / 2 && wake(), SOON_MS).unref();
  return {
    wake,
    async end() {
      isEnded = true;
      endListening();
      endState();
      clearInterval(timer);
      await looking;
    },
  };
}
