import { randomBytes } from 'node:crypto';
import { lookup } from 'node:dns';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Clock } from '../live/index.ts';
import { ForbiddenAddressError, guardedLookup, mayConnect } from '../notify/index.ts';
import {
  CAPS_EX_RECONNECT,
  ENHANCED_AUDIO_FOUR_CCS,
  ENHANCED_VIDEO_FOUR_CCS,
  type MediaEvent,
  RtmpClientSession,
} from '../protocol/rtmp/index.ts';
import type { RtmpAddress } from './address.ts';

export type RtmpLinkOptions = {
  readonly address: RtmpAddress;
  readonly wanted: 'play' | 'publish';
  readonly clock: Clock;
  /** The other server has said yes. */
  readonly onReady?: () => void;
  readonly onMedia?: (event: MediaEvent) => void;
  /** Called once; nothing comes or goes any more. */
  readonly onClosed: (reason: string) => void;
};

/** The other server must have said yes by then. */
const READY_MS = 10_000;
const ERROR_WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'its name is not known',
  ECONNRESET: 'it broke the connection off',
  ETIMEDOUT: 'it does not answer',
  EHOSTUNREACH: 'it cannot be reached',
};

/** An RTMP connection that we open: to play a stream there, or to publish one. */
export class RtmpLink {
  readonly #options: RtmpLinkOptions;
  readonly #session: RtmpClientSession;
  readonly #socket: Socket;
  readonly #cancelLimit: () => void;
  #isOver = false;
  #isReady = false;
  /** What the other server said against it. */
  #objection: string | undefined;

  constructor(options: RtmpLinkOptions) {
    this.#options = options;
    const { address, wanted, clock } = options;
    const { tcUrl, app, streamName } = address;
    this.#session = new RtmpClientSession({
      ...{ randomBytes, wanted, tcUrl, app, streamName },
      connectProperties: {
        ...{ fpad: false, capabilities: 15, audioCodecs: 0x0fff, videoCodecs: 252, videoFunction: 1 },
        fourCcList: [...ENHANCED_VIDEO_FOUR_CCS, ...ENHANCED_AUDIO_FOUR_CCS],
        capsEx: CAPS_EX_RECONNECT,
      },
    });
    this.#socket = socketTo(address);
    this.#cancelLimit = clock.after(READY_MS, () => this.#close(`no answer within ${READY_MS / 1000} s`));
    this.#socket.once(address.isSecure ? 'secureConnect' : 'connect', () => this.#connected());
    this.#socket.on('error', (error) => this.#close(wordsOf(error)));
    this.#socket.on('close', () => this.#close('the other server closed the connection'));
  }

  /** Bytes that have not left yet. */
  get waitingBytes(): number {
    return this.#socket.writableLength;
  }

  get remoteAddress(): string {
    return this.#socket.remoteAddress ?? '';
  }

  send(kind: MediaEvent['kind'], timestamp: number, payload: Uint8Array): void {
    if (!this.#isReady || this.#isOver) return;
    this.#session.sendMedia(kind, timestamp >>> 0, payload);
    this.#flush();
  }

  /** Ends it in good order; `onClosed` is not called. */
  end(): void {
    if (this.#isOver) return;
    this.#over();
    this.#session.stop();
    this.#flush();
    this.#socket.end();
    // Whoever does not hear goes with the socket.
    this.#options.clock.after(1000, () => this.#socket.destroy());
  }

  #connected(): void {
    if (this.#isOver) return;
    const remote = this.remoteAddress;
    if (!mayConnect('administrator', remote)) {
      this.#close('nothing may be fetched from or sent to link-local and metadata addresses');
      return;
    }
    this.#socket.on('data', (bytes) => this.#receive(bytes));
    this.#flush();
  }

  #receive(bytes: Uint8Array): void {
    if (this.#isOver) return;
    try {
      for (const event of this.#session.push(bytes)) {
        if (event.type === 'status') this.#heard(event);
        else if (event.type === 'reconnectRequest') this.#close('it asks to connect anew');
        else if (event.type === 'streamEof') this.#close('the stream has ended there');
        else if (event.type === 'published' || event.type === 'playing') this.#ready();
        else if (event.type === 'media') this.#options.onMedia?.(event);
        if (this.#isOver) return;
      }
    } catch (error) {
      this.#close(`what it sends is no RTMP: ${error instanceof Error ? error.message : error}`);
    }
    this.#flush();
  }

  #heard({ level, code, description }: { level: string; code: string; description: string }): void {
    const said = description === '' ? code : `${code}: ${description}`;
    const isEnd = code === 'NetStream.Play.UnpublishNotify' || code === 'NetStream.Play.Stop';
    if (level === 'error' || isEnd) this.#objection = said.slice(0, 300);
    if (level === 'error' || (isEnd && this.#options.wanted === 'play')) this.#close('it ended the stream');
  }

  #ready(): void {
    if (this.#isReady) return;
    this.#isReady = true;
    this.#cancelLimit();
    this.#options.onReady?.();
  }

  #flush(): void {
    for (const bytes of this.#session.takeOutput()) if (this.#socket.writable) this.#socket.write(bytes);
  }

  #over(): void {
    this.#isOver = true;
    this.#cancelLimit();
  }

  #close(reason: string): void {
    if (this.#isOver) return;
    this.#over();
    this.#socket.destroy();
    this.#options.onClosed(this.#objection === undefined ? reason : `it said ${this.#objection}`);
  }
}

/** Opens a connection; a name that leads to a forbidden address is refused before. */
function socketTo({ host, port, isSecure }: RtmpAddress): Socket {
  const guarded = { lookup: guardedLookup('administrator', lookup), noDelay: true };
  const isForbidden = isIP(host) !== 0 && !mayConnect('administrator', host);
  // Port 0 of nowhere: the error comes as every other does.
  if (isForbidden) return failing(new ForbiddenAddressError('forbidden'));
  if (!isSecure) return connectTcp({ host, port, ...guarded });
  return connectTls({ host, port, ...guarded, ...(isIP(host) === 0 ? { servername: host } : {}) });
}

function failing(error: Error): Socket {
  return connectTcp({ host: 'forbidden.invalid', port: 1, lookup: (_host, _options, callback) => callback(error, '') });
}

/** A failure as a person would say it. */
export function wordsOf(error: unknown): string {
  const { code = '', message = String(error) } = error as NodeJS.ErrnoException;
  return ERROR_WORDS[code] ?? message.slice(0, 300);
}
