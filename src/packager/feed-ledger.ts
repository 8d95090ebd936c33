/** Bytes to the viewers of everything that is counted together. */
export type Sent = { bytes: number };

/** Counted over all viewers of a feed, those that left included. */
export type FeedTally = {
  /** Bytes handed to sinks. */
  deliveredBytes: number;
  /** How often a viewer had to skip to a key frame. */
  skips: number;
  /** Viewers that were closed because they did not keep up. */
  closedViewers: number;
};

/** Viewers whose bytes are counted together. */
export type Party = { readonly sent: Sent | undefined; members: number; steady: number };

/**
 * What a feed's viewers were given. Those who keep up are given every flush, so that they are counted by their number,
 * once a flush: with a thousand of them, touching one number of each costs more than the serialising.
 */
export class FeedLedger {
  /** Of all flushes, the one that is given out included. */
  flushedBytes = 0;
  readonly #tally: FeedTally;
  readonly #sentOf: () => Sent | undefined;
  readonly #parties: Party[] = [];

  /** @param sentOf what else counts all of the feed's bytes */
  constructor(tally: FeedTally, sentOf: () => Sent | undefined) {
    this.#tally = tally;
    this.#sentOf = sentOf;
  }

  /** Takes a member in among those who are counted by `sent`. */
  enter(sent: Sent | undefined): Party {
    let party = this.#parties.find((each) => each.sent === sent);
    if (!party) {
      party = { sent, members: 0, steady: 0 };
      this.#parties.push(party);
    }
    party.members++;
    return party;
  }

  leave(party: Party): void {
    if (--party.members === 0) this.#parties.splice(this.#parties.indexOf(party), 1);
  }

  /** A flush is given out: all who are steady now get it. */
  flush(sizeBytes: number): void {
    this.flushedBytes += sizeBytes;
    for (const party of this.#parties) this.count(party, sizeBytes * party.steady);
  }

  skipped(): void {
    this.#tally.skips++;
  }

  /** Bytes that one of the party is given on its own, or, below 0, was not given after all. */
  count({ sent }: Party, sizeBytes: number): void {
    this.#tally.deliveredBytes += sizeBytes;
    const all = this.#sentOf();
    if (all) all.bytes += sizeBytes;
    if (sent) sent.bytes += sizeBytes;
  }
}
