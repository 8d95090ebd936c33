import type { Admission, PlayedTraffic, PlayRequest, SessionEnding } from '../../access/index.ts';
import type { Stream } from '../../live/index.ts';
import type { FeedSeat, ViewerSink } from '../../packager/index.ts';
import type { StreamRequest } from '../../protocol/rtmp/index.ts';
import type { DomainRule } from '../../rules/index.ts';
import { RTMP_MESSAGE_STREAM_ID, type RtmpDoor } from './rtmp-door.ts';
import type { SessionConnection } from './session-connection.ts';

type PlayStreamRequest = StreamRequest & { readonly messageStreamId: number };

/** One RTMP player, from its request to its end. */
export class PlaySession {
  readonly #connection: SessionConnection;
  readonly #door: RtmpDoor;
  readonly #request: PlayStreamRequest;
  readonly #abort = new AbortController();
  readonly #requestedMs: number;
  /** The one that was asked, once it is known. */
  #domain: string | undefined;
  #stream: Stream | undefined;
  #leaveFeed: () => void = () => {};
  #seat: FeedSeat | undefined;
  /** Before the pauses that it made. */
  #earlierBytes = 0;
  #leaveSessions: (ending?: SessionEnding) => void = () => {};
  #ending: SessionEnding = 'left';

  constructor(connection: SessionConnection, door: RtmpDoor, request: PlayStreamRequest) {
    this.#connection = connection;
    this.#door = door;
    this.#request = request;
    this.#requestedMs = door.clock.nowMs();
  }

  async open(): Promise<void> {
    if (this.#request.messageStreamId !== RTMP_MESSAGE_STREAM_ID) {
      this.#reject('NetStream.Play.Failed', 'MESSAGE_STREAM', 'play on the first message stream of the connection');
      return;
    }
    const { host } = this.#request;
    const found = this.#door.rules().playbackHost(host, this.#door.clock.wallMs());
    if (!found.domain) {
      this.#reject('NetStream.Play.Failed', found.code, `${host}: ${found.reason}. ${found.remedy}`);
      return;
    }
    const { domain, alias } = found;
    this.#domain = domain.name;
    if (alias) this.#door.onAlias(domain.name, alias.name, this.#connection.address);
    const access = this.#accessRequest(domain);
    const verdict = await this.#door.access.play(access);
    if (this.#isOver()) {
      if (verdict.allowed) await this.#door.access.release(verdict);
      return;
    }
    if (!verdict.allowed) {
      this.#reject('NetStream.Play.Failed', verdict.code, `${verdict.reason}. ${verdict.remedy}`);
      return;
    }
    const id = { domain: domain.name, app: this.#request.app, name: this.#request.streamName };
    const owner = this.#door.registry.ownerOf(id);
    const { holdSeconds } = this.#door.rules().settingsFor(owner.domain, owner.app, owner.name).delivery;
    const stream = await this.#door.registry.whenLive(id, holdSeconds * 1000, this.#abort.signal);
    if (!stream || this.#isOver()) await this.#door.access.release(verdict);
    if (this.#isOver()) return;
    if (!stream) {
      const limit = this.#door.registry.heldBackBy(id);
      if (limit === undefined)
        this.#reject('NetStream.Play.StreamNotFound', 'STREAM_NOT_LIVE', 'the stream is not live');
      else
        this.#reject(
          'NetStream.Play.Failed',
          'TRANSCODE_LIMIT',
          `${limit}. Play the stream itself, or come back later.`,
        );
      return;
    }
    const room = this.#door.sessions.room({ ...access, domain: domain.name, stream: stream.id.name });
    if (room) await room;
    if (this.#isOver()) await this.#door.access.release(verdict);
    else this.#admit(stream, access, verdict);
  }

  close(): void {
    this.#abort.abort();
    this.#leaveFeed();
    this.#leaveSessions(this.#ending);
    this.#leaveFeed = () => {};
    this.#leaveSessions = () => {};
  }

  /** A live stream does not wait: who goes on after a pause goes on at the last key frame. */
  pause(isPaused: boolean): void {
    const stream = this.#stream;
    if (!stream || this.#isOver()) return;
    this.#leaveFeed();
    if (stream.state === 'ended') this.#end('STREAM_ENDED');
    else if (isPaused)
      this.#leaveFeed = stream.read({
        patienceMs: Number.POSITIVE_INFINITY,
        packet: () => {},
        ended: () => this.#end('STREAM_ENDED'),
      });
    else this.#takeSeat(stream);
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
      sessionId: this.#door.newId(),
    };
  }

  #admit(stream: Stream, access: PlayRequest, admission: Admission): void {
    const connection = this.#connection;
    const openedAtMs = this.#door.clock.wallMs();
    const opened = this.#door.sessions.open({
      sessionId: access.sessionId ?? this.#door.newId(),
      domain: stream.id.domain,
      app: stream.id.app,
      stream: stream.id.name,
      protocol: 'rtmp',
      uid: admission.uid,
      address: connection.address,
      openedAtMs,
      request: access,
      traffic: [this.#traffic(stream.id.name)],
      agent: connection.encoder,
      page: connection.page,
      close: (reason) => this.#end(reason === 'SERVER_STOPPED' ? 'SHUTDOWN' : 'KICKED'),
    });
    if (!opened.opened) {
      void this.#door.access.release(admission);
      const { code, reason } = opened.refusal;
      this.#reject('NetStream.Play.Failed', code, reason);
      return;
    }
    this.#leaveSessions = opened.remove;
    this.#stream = stream;
    connection.startPlaying();
    this.#door.onAnswered('play', 'accepted', stream.id.domain);
    const held = connection.session.acceptPlay(this.#request.requestId);
    connection.flush();
    if (!this.#isOver()) {
      this.#takeSeat(stream);
      this.#door.onJoined?.((this.#door.clock.nowMs() - this.#requestedMs) / 1000, stream.id);
    }
    connection.handle(held);
  }

  #takeSeat(stream: Stream): void {
    this.#earlierBytes += this.#seat?.bytes ?? 0;
    const seat = this.#door.feeds.add('rtmp', stream, this.#sink(stream));
    this.#seat = seat;
    this.#leaveFeed = () => seat.leave();
  }

  #traffic(name: string): PlayedTraffic {
    const bytes = () => this.#earlierBytes + (this.#seat?.bytes ?? 0);
    return {
      name,
      get bytes() {
        return bytes();
      },
    };
  }

  #sink({ id }: Stream): ViewerSink {
    const { socket } = this.#connection;
    const sent = this.#door.usage.sent(id, 'rtmp', 'encrypted' in socket);
    return { outlet: socket, sent, end: (reason) => this.#end(reason) };
  }

  #end(reason: 'STREAM_ENDED' | 'TOO_SLOW' | 'KICKED' | 'SHUTDOWN'): void {
    this.#ending = reason.toLowerCase();
    this.#connection.session.endPlay();
    this.#connection.end(reason);
  }

  #isOver(): boolean {
    return this.#abort.signal.aborted || this.#connection.isEnded;
  }

  #reject(status: string, code: string, description: string): void {
    const { app, streamName: name } = this.#request;
    this.#door.onAnswered('play', code, this.#domain);
    this.#connection.session.rejectPlay(this.#request.requestId, status, description);
    this.#connection.end('REFUSED', { wanted: 'play', app, name, code });
  }
}
