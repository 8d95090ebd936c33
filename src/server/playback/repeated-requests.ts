import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Bytes of a whole answer, in their order; undefined leaves the request to node:http. */
export type RepeatedAnswer = readonly Uint8Array[] | undefined;

/** Bytes of an answer that had to be fetched; `release` is called when they are sent, if they ever are. */
export type FetchedAnswer = { readonly parts: readonly Uint8Array[]; readonly release: () => void };

export type AnswerRepeat<Head> = (target: string, head: Head) => RepeatedAnswer | Promise<FetchedAnswer | undefined>;

export type RepeatedRequestsOptions<Head> = {
  /** What a repeated request is answered by: whatever its head said, besides its target. */
  readonly headOf: (request: IncomingMessage) => Head;
  readonly answer: AnswerRepeat<Head>;
};

const BEFORE_TARGET = 'GET ';
const AFTER_TARGET = ' HTTP/1.1\r\n';
const BLANK_LINE = Buffer.from('\r\n\r\n');
/** Longer heads are read by node:http each time. */
const LONGEST_BYTES = 4096;
const VISIBLE = /^[\x21-\x7e]+$/;
/** A request with one of these asks for more than the whole resource, or has a body. */
const NOT_PLAIN = /^(range|if-.*|expect|upgrade|content-length|transfer-encoding|te|trailer)$/;

/**
 * Answers, past node:http, requests that differ from one before on their connection in the target alone, byte for
 * byte: node:http read that one, so its fields are known. All else is given to node:http as it came.
 */
export class RepeatedRequests<Head> {
  readonly #options: RepeatedRequestsOptions<Head>;
  readonly #connections = new WeakMap<Socket, Connection<Head>>();

  constructor(options: RepeatedRequestsOptions<Head>) {
    this.#options = options;
  }

  /** Takes a connection that node:http has just taken, and that nobody else reads. */
  watch(socket: Socket): void {
    const [read, ...others] = socket.listeners('data') as ((bytes: Buffer) => void)[];
    if (read && others.length === 0) this.#connections.set(socket, new Connection(socket, read, this.#options));
  }

  /** To be told of every request, at once. */
  saw(request: IncomingMessage, response: ServerResponse): void {
    this.#connections.get(request.socket)?.saw(request, response);
  }

  /** The connection is HTTP's no longer. */
  leave(socket: Socket): void {
    this.#connections.get(socket)?.leave();
  }
}

class Connection<Head> {
  readonly #socket: Socket;
  readonly #read: (bytes: Buffer) => void;
  readonly #options: RepeatedRequestsOptions<Head>;
  /** All that node:http has read so far are whole requests. */
  #isBetween = true;
  #countInBytes = 0;
  #last: { readonly request: IncomingMessage; readonly response: ServerResponse } | undefined;
  #known: { readonly afterTarget: string; readonly head: Head } | undefined;
  #isFetching = false;
  /** What came while an answer was fetched. */
  #waiting: Buffer[] = [];
  readonly #onData = (bytes: Buffer): void => {
    if (this.#isFetching) this.#wait(bytes);
    else if (!this.#answer(bytes)) this.#passOn(bytes);
  };

  constructor(socket: Socket, read: (bytes: Buffer) => void, options: RepeatedRequestsOptions<Head>) {
    this.#socket = socket;
    this.#read = read;
    this.#options = options;
    socket.on('data', this.#onData);
    socket.off('data', read);
  }

  saw(request: IncomingMessage, response: ServerResponse): void {
    this.#last = { request, response };
    this.#countInBytes++;
  }

  leave(): void {
    this.#socket.off('data', this.#onData);
  }

  #answer(bytes: Buffer): boolean {
    if (!this.#known || bytes.length > LONGEST_BYTES || !this.#isFree()) return false;
    const { afterTarget, head } = this.#known;
    const text = bytes.toString('latin1');
    if (!text.startsWith(BEFORE_TARGET) || !text.endsWith(afterTarget)) return false;
    const target = text.slice(BEFORE_TARGET.length, -afterTarget.length);
    const answer = VISIBLE.test(target) ? this.#answerTo(target, head) : undefined;
    if (answer instanceof Promise) void this.#fetch(answer, bytes);
    else if (answer) this.#send(answer);
    return answer !== undefined;
  }

  /** What fails is left to node:http, whose way says why. */
  #answerTo(target: string, head: Head): ReturnType<AnswerRepeat<Head>> {
    try {
      return this.#options.answer(target, head);
    } catch {
      return undefined;
    }
  }

  /** Nothing else of the connection is read meanwhile. What fails is left to node:http, whose way says why. */
  async #fetch(answer: Promise<FetchedAnswer | undefined>, bytes: Buffer): Promise<void> {
    this.#isFetching = true;
    const fetched = await answer.catch(() => undefined);
    this.#isFetching = false;
    if (this.#socket.destroyed) fetched?.release();
    else if (fetched) this.#send(fetched.parts, fetched.release);
    else this.#passOn(bytes);
    this.#goOn();
  }

  #wait(bytes: Buffer): void {
    this.#waiting.push(bytes);
    this.#socket.pause();
  }

  #goOn(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    if (waiting.length === 0 || this.#socket.destroyed) return;
    this.#socket.resume();
    for (const bytes of waiting) this.#onData(bytes);
  }

  #send(answer: readonly Uint8Array[], onSent?: () => void): void {
    if (answer.length > 1) this.#socket.cork();
    for (const [index, part] of answer.entries()) {
      if (onSent && index === answer.length - 1) this.#socket.write(part, (error) => error || onSent());
      else this.#socket.write(part);
    }
    if (answer.length > 1) this.#socket.uncork();
  }

  /** No request is under way and no answer: theirs must not be mixed with ours, and one is in memory at most. */
  #isFree(): boolean {
    const isAnswered = this.#last?.response.writableFinished === true;
    return this.#isBetween && isAnswered && this.#socket.writable && this.#socket.writableLength === 0;
  }

  #passOn(bytes: Buffer): void {
    const isAtStart = this.#isBetween;
    this.#countInBytes = 0;
    this.#read.call(this.#socket, bytes);
    // What ends in a blank line ends no further request halfway.
    const endsInBlankLine = BLANK_LINE.compare(bytes, Math.max(0, bytes.length - BLANK_LINE.length)) === 0;
    this.#isBetween = endsInBlankLine && this.#last?.request.complete === true;
    if (isAtStart && this.#isBetween && this.#countInBytes === 1) this.#remember(bytes);
  }

  #remember(bytes: Buffer): void {
    if (!this.#last || !isPlain(this.#last.request, this.#last.response)) return;
    const afterTarget = bytes.toString('latin1', bytes.indexOf(AFTER_TARGET, 0, 'latin1'));
    this.#known = { afterTarget, head: this.#options.headOf(this.#last.request) };
  }
}

/** A GET for a whole resource that leaves the connection open. */
function isPlain({ method, httpVersion, headers }: IncomingMessage, { shouldKeepAlive }: ServerResponse): boolean {
  if (method !== 'GET' || httpVersion !== '1.1' || !shouldKeepAlive) return false;
  return !Object.keys(headers).some((name) => NOT_PLAIN.test(name));
}
