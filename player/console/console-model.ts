import { computed } from '@preact/signals';
import { Poll } from './poll.ts';
import { RateHistory } from './rate-history.ts';
import { readNodeHealth, readSetup, readStreams } from './read-answers.ts';

const STREAMS_INTERVAL_MS = 2000;
const HEALTH_INTERVAL_MS = 10_000;
const SETUP_INTERVAL_MS = 15_000;
const RATES_KEPT = 60;

/** What the console knows of the server, kept fresh. */
export class ConsoleModel {
  readonly rates = new RateHistory(RATES_KEPT);
  readonly streams = new Poll('/streams', STREAMS_INTERVAL_MS, (answer) => {
    const streams = readStreams(answer);
    this.rates.add(streams);
    return streams;
  });
  readonly health = new Poll('/health', HEALTH_INTERVAL_MS, readNodeHealth);
  readonly setup = new Poll('/setup', SETUP_INTERVAL_MS, readSetup);
  readonly isSignedOut = computed(() => this.streams.state.value.problem?.kind === 'signed-out');

  askAll(): void {
    for (const poll of [this.streams, this.health, this.setup]) void poll.askNow();
  }
}
