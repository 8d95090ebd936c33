import type { Verdict } from '../../access/index.ts';
import type { Publication, StreamId } from '../../live/index.ts';
import type { StreamRequest } from '../../protocol/rtmp/index.ts';
import type { DomainRule } from '../../rules/index.ts';
import type { RtmpConnection } from './connection.ts';
import { PublishSession } from './publish-session.ts';
import type { RtmpDoor } from './rtmp-door.ts';

/** Decides a publish request before the encoder hears a word of it. */
export class PublishRequestHandler {
  readonly #connection: RtmpConnection;
  readonly #door: RtmpDoor;

  constructor(connection: RtmpConnection, door: RtmpDoor) {
    this.#connection = connection;
    this.#door = door;
  }

  async handle(request: StreamRequest): Promise<void> {
    const domain = this.#door.rules().domainForIngestHost(request.host);
    if (!domain) {
      this.#reject(request, 'NetStream.Publish.Denied', 'UNKNOWN_HOST', `no domain is configured for ${request.host}`);
      return;
    }
    const verdict = await this.#ask(request, domain);
    if (this.#connection.isEnded) return;
    if (!verdict.allowed) {
      this.#reject(request, 'NetStream.Publish.Denied', verdict.code, `${verdict.reason}. ${verdict.remedy}`);
      return;
    }
    this.#register(request, domain, verdict.streamKeyId);
  }

  #ask(request: StreamRequest, domain: DomainRule): Promise<Verdict> {
    return this.#door.access.publish({
      domain,
      protocol: 'rtmp-push',
      app: request.app,
      stream: request.streamName,
      path: `/${request.app}/${request.streamName}`,
      query: request.query,
      address: this.#connection.address,
      host: request.host,
    });
  }

  #register(request: StreamRequest, domain: DomainRule, streamKeyId: string | undefined): void {
    const connection = this.#connection;
    const id: StreamId = { domain: domain.name, app: request.app, name: request.streamName };
    const setup = this.#door.setupOf(id);
    if (!this.#door.registry.canPublish(id, setup)) {
      this.#reject(request, 'NetStream.Publish.BadName', 'STREAM_BUSY', 'the stream is being published already');
      return;
    }
    this.#door.onPublisher(
      {
        sessionId: connection.id,
        address: connection.address,
        ingestHost: request.host,
        query: request.query,
        encoder: connection.encoder,
        ...(streamKeyId ? { streamKeyId } : {}),
      },
      id,
    );
    const result = this.#door.registry.publish(id, this.#publisher(), () => setup);
    if (result.ok) this.#accept(request, id, result.publication);
  }

  #publisher() {
    const connection = this.#connection;
    return {
      sessionId: connection.id,
      dismissed(reason: 'TAKEN_OVER' | 'GHOST_REPLACED' | 'IDLE' | 'KICKED') {
        connection.session.endPublish('NetStream.Publish.BadName', reason);
        connection.end(reason);
      },
    };
  }

  #accept(request: StreamRequest, id: StreamId, publication: Publication): void {
    const { log, session } = this.#connection;
    log.info({ ...id, address: this.#connection.address, encoder: this.#connection.encoder }, 'publish started');
    const publish = new PublishSession(publication, this.#door.clock, log);
    this.#door.onAnswered('publish', 'accepted');
    this.#door.onPublishing(this.#connection.id, publish);
    this.#connection.startPublishing(publish);
    this.#connection.handle(session.acceptPublish(request.requestId));
  }

  #reject(request: StreamRequest, status: string, code: string, description: string): void {
    const { app, streamName } = request;
    this.#connection.log.info({ app, name: streamName, code, address: this.#connection.address }, 'publish refused');
    this.#door.onAnswered('publish', code);
    this.#connection.session.rejectPublish(request.requestId, status, description);
    this.#connection.end('REFUSED');
  }
}
