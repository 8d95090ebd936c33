import type { PublishRequest } from '../../access/index.ts';
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
    const asked = this.#accessRequest(request, domain);
    const verdict = await this.#door.access.publish(asked);
    if (this.#connection.isEnded) return;
    if (!verdict.allowed) {
      this.#reject(request, 'NetStream.Publish.Denied', verdict.code, `${verdict.reason}. ${verdict.remedy}`);
      return;
    }
    this.#register(request, asked, verdict.streamKeyId);
  }

  #accessRequest(request: StreamRequest, domain: DomainRule): PublishRequest {
    return {
      domain,
      protocol: 'rtmp-push',
      app: request.app,
      stream: request.streamName,
      path: `/${request.app}/${request.streamName}`,
      query: request.query,
      address: this.#connection.address,
      host: request.host,
    };
  }

  #register(request: StreamRequest, asked: PublishRequest, streamKeyId: string | undefined): void {
    const connection = this.#connection;
    const id: StreamId = { domain: asked.domain.name, app: request.app, name: request.streamName };
    const full = this.#door.publisherLimit(id, connection.address);
    if (full) {
      this.#reject(request, 'NetStream.Publish.Denied', 'LIMIT', `limit of ${full.limit} publishers reached`);
      return;
    }
    if (this.#door.registry.isRendition(id)) {
      this.#reject(
        request,
        'NetStream.Publish.BadName',
        'NAME_OF_RENDITION',
        'a rendition of a live stream has this name',
      );
      return;
    }
    const setup = this.#door.setupOf(id);
    if (!this.#door.registry.canPublish(id, setup)) {
      this.#reject(request, 'NetStream.Publish.BadName', 'STREAM_BUSY', 'the stream is being published already');
      return;
    }
    const sessionId = this.#door.newId();
    this.#door.onPublisher(
      {
        sessionId,
        address: connection.address,
        ingestHost: request.host,
        query: request.query,
        encoder: connection.encoder,
        request: asked,
        ...(streamKeyId ? { streamKeyId } : {}),
      },
      id,
    );
    const result = this.#door.registry.publish(id, this.#publisher(sessionId), () => setup);
    if (result.ok) this.#accept(request, id, result.publication);
    else this.#reject(request, 'NetStream.Publish.BadName', result.code, 'the stream is being published already');
  }

  /** One session per publish: a connection may unpublish and publish again. */
  #publisher(sessionId: string) {
    const connection = this.#connection;
    return {
      sessionId,
      dismissed(reason: 'TAKEN_OVER' | 'GHOST_REPLACED' | 'IDLE' | 'KICKED') {
        connection.session.endPublish('NetStream.Publish.BadName', reason);
        connection.end(reason);
      },
    };
  }

  #accept(request: StreamRequest, id: StreamId, publication: Publication): void {
    const { log, session, address, encoder } = this.#connection;
    const { sessionId } = publication.publisher;
    log.info({ ...id, session: sessionId, address, encoder }, 'publish started');
    const publish = new PublishSession(publication, this.#door.clock, log);
    this.#door.onAnswered('publish', 'accepted');
    this.#door.onPublishing(sessionId, publish);
    this.#connection.startPublishing(publish);
    this.#connection.handle(session.acceptPublish(request.requestId));
  }

  #reject(request: StreamRequest, status: string, code: string, description: string): void {
    const { app, streamName: name } = request;
    this.#door.onAnswered('publish', code);
    this.#connection.session.rejectPublish(request.requestId, status, description);
    this.#connection.end('REFUSED', { wanted: 'publish', app, name, code });
  }
}
