import type { Clock, Stream, StreamId } from '../live/index.ts';
import { destinationAddress, filledIn, shownAddress } from './address.ts';
import { Retry } from './retry.ts';
import { RtmpLink } from './rtmp-link.ts';
import { Sender } from './sender.ts';

export type Destination = { readonly name: string; readonly url: string; readonly key: string };

export type TransferState = 'connecting' | 'sending' | 'waiting';

export type TransferOverview = {
  readonly transfer: string;
  readonly destination: string;
  readonly id: StreamId;
  readonly state: TransferState;
  /** Scheme and host of the destination. */
  readonly address: string;
  readonly sinceWallMs: number;
  readonly reason: string | undefined;
  readonly retryInMs: number | undefined;
  readonly failures: number;
  /** Since the transfer began. */
  readonly sentBytes: number;
  readonly skips: number;
};

export type TransferOptions = {
  readonly name: string;
  readonly stream: Stream;
  readonly destination: Destination;
  readonly clock: Clock;
  readonly onChange: (overview: TransferOverview) => void;
  readonly onSent: (bytes: number) => void;
};

/** A live stream that is pushed to another server, over and over, until it ends. */
export class Transfer {
  readonly #options: TransferOptions;
  readonly #retry: Retry;
  #state: TransferState = 'connecting';
  #sinceWallMs = 0;
  #reason: string | undefined;
  #link: RtmpLink | undefined;
  #sender: Sender | undefined;
  #sendingSinceMs: number | undefined;
  #earlier = { sentBytes: 0, skips: 0 };
  #isClosed = false;

  constructor(options: TransferOptions) {
    this.#options = options;
    this.#retry = new Retry(options.clock);
    this.#attempt();
  }

  overview(): TransferOverview {
    const { name, destination, stream } = this.#options;
    return {
      ...{ transfer: name, destination: destination.name, id: stream.id, state: this.#state },
      ...{ address: shownAddress(destination.url), sinceWallMs: this.#sinceWallMs, reason: this.#reason },
      ...{ retryInMs: this.#retry.inMs, failures: this.#retry.failures },
      sentBytes: this.#earlier.sentBytes + (this.#sender?.sentBytes ?? 0),
      skips: this.#earlier.skips + (this.#sender?.skips ?? 0),
    };
  }

  restart(): void {
    if (this.#isClosed) return;
    this.#leave();
    this.#retry.reset();
    this.#attempt();
  }

  close(): void {
    this.#isClosed = true;
    this.#retry.cancel();
    this.#leave();
  }

  #attempt(): void {
    const { stream, destination, clock } = this.#options;
    this.#set('connecting', this.#reason);
    const address = destinationAddress(filledIn(destination.url, stream.id), filledIn(destination.key, stream.id));
    const link: RtmpLink = new RtmpLink({
      ...{ address, clock, wanted: 'publish' },
      onReady: () => {
        this.#sendingSinceMs = clock.nowMs();
        this.#set('sending', undefined);
        const onTooSlow = () => this.#lost('it does not take the stream as fast as it comes');
        this.#sender = new Sender({ stream, link, clock, onTooSlow });
      },
      onClosed: (reason) => this.#lost(reason),
    });
    this.#link = link;
  }

  #lost(reason: string): void {
    const { clock, onChange } = this.#options;
    if (this.#isClosed) return;
    const sentMs = this.#sendingSinceMs === undefined ? 0 : clock.nowMs() - this.#sendingSinceMs;
    this.#leave();
    this.#retry.failed(sentMs, () => this.#attempt());
    this.#set('waiting', withoutKey(reason, this.#options.destination.key));
    onChange(this.overview());
  }

  #leave(): void {
    const [link, sender] = [this.#link, this.#sender];
    this.#link = undefined;
    this.#sender = undefined;
    this.#sendingSinceMs = undefined;
    sender?.stop();
    if (sender) {
      const { sentBytes, skips } = this.#earlier;
      this.#earlier = { sentBytes: sentBytes + sender.sentBytes, skips: skips + sender.skips };
      this.#options.onSent(sender.sentBytes);
    }
    link?.end();
  }

  #set(state: TransferState, reason: string | undefined): void {
    this.#state = state;
    this.#reason = reason;
    this.#sinceWallMs = this.#options.clock.wallMs();
    if (state === 'sending') this.#options.onChange(this.overview());
  }
}

/** Servers like to name the stream that they refuse. */
function withoutKey(reason: string, key: string): string {
  const [name = key] = key.split('?', 1);
  return [key, name].reduce((text, secret) => (secret.length < 4 ? text : text.replaceAll(secret, '...')), reason);
}
