import type { SessionEnding, SessionListener, ViewerSession } from '../access/index.ts';
import type { AddressForm } from './address-form.ts';
import { recordOf, type SessionRecord } from './session-record.ts';

export type SessionRecordsOptions = {
  readonly node: string;
  readonly addresses: AddressForm;
  readonly wallMs: () => number;
  /** The stream whose rendition was played, or the stream itself. */
  readonly ownerOf: (session: ViewerSession) => string;
  /** Whether the stream that a session watched is still there. */
  readonly isLive: (session: ViewerSession) => boolean;
  readonly write: (record: SessionRecord) => void;
};

/** Makes a record of each viewer's session that ends. */
export class SessionRecords implements SessionListener {
  readonly #options: SessionRecordsOptions;
  #isStopping = false;

  constructor(options: SessionRecordsOptions) {
    this.#options = options;
  }

  closed(session: ViewerSession, ending: SessionEnding): void {
    const { node, addresses, wallMs, ownerOf, write } = this.#options;
    const closedAtMs = session.lastSeenWallMs?.() ?? wallMs();
    const owner = ownerOf(session);
    write(recordOf(session, { node, addresses, owner, ending: this.#endingOf(session, ending), closedAtMs }));
  }

  /** From now on sessions end because the server does. */
  stop(): void {
    this.#isStopping = true;
  }

  /** Who has no connection cannot see a stream end, he only asks no more. */
  #endingOf(session: ViewerSession, ending: SessionEnding): SessionEnding {
    if (this.#isStopping) return 'server_stopped';
    const isGone = ending === 'left' && session.lastSeenWallMs !== undefined && !this.#options.isLive(session);
    return isGone ? 'stream_ended' : ending;
  }
}
