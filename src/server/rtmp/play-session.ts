import type { PlayRequest } from '../../access/index.ts';
import type { Stream } from '../../live/index.ts';
import type { StreamRequest } from '../../protocol/rtmp/index.ts';
import type { DomainRule } from '../../rules/index.ts';
import type { RtmpConnection } from './connection.ts';
import type { RtmpDoor } from './rtmp-door.ts';

/** One RTMP player, from its request to its end. */
export class PlaySession {
  readonly #connection: RtmpConnection;
  readonly #door: RtmpDoor;
  readonly #request: StreamRequest;
  readonly #abort = new AbortController();
  #leave: () => void = () => {};

  constructor(connection: RtmpConnection, door: RtmpDoor, request: StreamRequest) {
    this.#connection = connection;
    this.#door = door;
    this.#request = request;
  }

  async open(): Promise<void> {
    const domain = this.#door.rules().domainForPlaybackHost(this.#request.host);
    if (!domain) {
      this.#reject('NetStream.Play.Failed', 'UNKNOWN_HOST', `no domain is configured for ${this.#request.host}`);
      return;
    }
    const access = this.#accessRequest(domain);
    const verdict = await this.#door.access.play(access);
    if (this.#isOver()) return;
    if (!verdict.allowed) {
      this.#reject('NetStream.Play.Failed', verdict.code, `${verdict.reason}. ${verdict.remedy}`);
      return;
    }
    const id = { domain: domain.name, app: this.#request.app, name: this.#request.streamName };
    const { holdSeconds } = this.#door.rules().settingsFor(id.domain, id.app, id.name).delivery;
    const stream = await this.#door.registry.whenLive(id, holdSeconds * 1000, this.#abort.signal);
    if (this.#isOver()) return;
    if (!stream) {
      this.#door.access.release(verdict);
      this.#reject('NetStream.Play.StreamNotFound', 'STREAM_NOT_LIVE', 'the stream is not live');
      return;
    }
    this.#admit(stream, access, verdict.uid);
  }

  close(): void {
    this.#abort.abort();
    this.#leave();
    this.#leave = () => {};
  }

  #accessRequest(domain: DomainRule): PlayRequest {
    return {
      domain,
      protocol: 'rtmp',
      app: this.#request.app,
      stream: this.#request.streamName,
      path: `/${this.#request.app}/${this.#request.streamName}`,
      query: this.#request.query,
      address: this.#connection.address,
      host: this.#request.host,
    };
  }

  #admit(stream: Stream, access: PlayRequest, uid: string | undefined): void {
    const connection = this.#connection;
    const openedAtMs = this.#door.clock.wallMs();
    const opened = this.#door.sessions.open({
      sessionId: connection.id,
      domain: stream.id.domain,
      app: stream.id.app,
      stream: stream.id.name,
      protocol: 'rtmp',
      uid,
      address: connection.address,
      openedAtMs,
      request: access,
      close: () => this.#end('KICKED'),
    });
    if (!opened.opened) {
      this.#reject('NetStream.Play.Failed', 'LIMIT', `limit of ${opened.limit} viewers reached`);
      return;
    }
    connection.startPlaying();
    this.#door.onAnswered('play', 'accepted');
    connection.handle(connection.session.acceptPlay(this.#request.requestId));
    const leaveFeed = this.#door.feeds.add('rtmp', stream, this.#sink());
    this.#leave = () => {
      leaveFeed();
      opened.remove();
    };
  }

  #sink() {
    const { socket } = this.#connection;
    return {
      write: (bytes: Uint8Array) => {
        socket.write(bytes);
      },
      get queuedBytes() {
        return socket.writableLength;
      },
      end: (reason: 'STREAM_ENDED' | 'TOO_SLOW') => this.#end(reason),
    };
  }

  #end(reason: 'STREAM_ENDED' | 'TOO_SLOW' | 'KICKED'): void {
    this.#connection.session.endPlay();
    this.#connection.end(reason);
  }

  #isOver(): boolean {
    return this.#abort.signal.aborted || this.#connection.isEnded;
  }

  #reject(status: string, code: string, description: string): void {
    const { app, streamName: name } = this.#request;
    this.#connection.log.info({ app, name, code, address: this.#connection.address }, 'play refused');
    this.#door.onAnswered('play', code);
    this.#connection.session.rejectPlay(this.#request.requestId, status, description);
    this.#connection.end('REFUSED');
  }
}
