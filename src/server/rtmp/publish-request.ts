import type { PublishRequest } from '../../access/index.ts';
import type { DismissalReason, Publication, PublisherRole, StreamId } from '../../live/index.ts';
import type { StreamRequest } from '../../protocol/rtmp/index.ts';
import { type DomainRule, isBackupPush } from '../../rules/index.ts';
import type { RtmpConnection } from './connection.ts';
import { PublishSession } from './publish-session.ts';
import { LONGEST_REST_MS, type RtmpDoor } from './rtmp-door.ts';

const DENIED = 'NetStream.Publish.Denied';
const BAD_NAME = 'NetStream.Publish.BadName';
const BUSY = 'the stream is being published already';
const BACKUP_BUSY = 'the stream has a backup already';

/** Why a publish that is allowed is refused nevertheless. */
type Obstacle = { readonly status: string; readonly code: string; readonly description: string };

type AcceptedPublish = {
  readonly request: StreamRequest;
  readonly asked: PublishRequest;
  readonly id: StreamId;
  readonly role: PublisherRole;
  readonly streamKeyId: string | undefined;
};

/** Decides a publish request before the encoder hears a word of it. */
export class PublishRequestHandler {
  readonly #connection: RtmpConnection;
  readonly #door: RtmpDoor;

  constructor(connection: RtmpConnection, door: RtmpDoor) {
    this.#connection = connection;
    this.#door = door;
  }

  async handle(request: StreamRequest): Promise<void> {
    const isVhost = new URLSearchParams(request.query).has('vhost');
    const found = this.#door.rules().ingestHost(request.host, this.#door.clock.wallMs(), isVhost);
    if (!found.domain) {
      this.#reject(request, DENIED, found.code, `${request.host}: ${found.reason}. ${found.remedy}`);
      return;
    }
    if (found.alias) this.#door.onAlias(found.domain.name, found.alias.name, this.#connection.address);
    const asked = this.#accessRequest(request, found.domain);
    const verdict = await this.#door.access.publish(asked);
    if (this.#connection.isEnded) return;
    if (!verdict.allowed) {
      this.#reject(request, DENIED, verdict.code, `${verdict.reason}. ${verdict.remedy}`);
      return;
    }
    const id: StreamId = { domain: asked.domain.name, app: request.app, name: request.streamName };
    const role = isBackupPush(asked.domain, request.host, request.query) ? 'backup' : 'main';
    const obstacle = (await this.#anyObstacle(id, role)) && (await this.#lastingObstacle(id, role));
    if (this.#connection.isEnded) return;
    if (obstacle) this.#reject(request, obstacle.status, obstacle.code, obstacle.description);
    else this.#register({ request, asked, id, role, streamKeyId: verdict.streamKeyId });
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
      sessionId: this.#door.newId(),
    };
  }

  /** What is in the way may be a publisher who has left: one that rests is not read just now, and its end neither. */
  async #lastingObstacle(id: StreamId, role: PublisherRole): Promise<Obstacle | undefined> {
    await new Promise<void>((resolve) => this.#door.clock.after(2 * LONGEST_REST_MS, resolve));
    return this.#anyObstacle(id, role);
  }

  async #anyObstacle(id: StreamId, role: PublisherRole): Promise<Obstacle | undefined> {
    return this.#obstacle(id, role) ?? (await this.#obstacleElsewhere(id, role));
  }

  /** Whose stream is sent to another server would take it from there; a backup never does. */
  async #obstacleElsewhere(id: StreamId, role: PublisherRole): Promise<Obstacle | undefined> {
    const { registry, setupOf, publisherElsewhere } = this.#door;
    if (!publisherElsewhere || registry.sourcesOf(id)) return undefined;
    if (role === 'main' && setupOf(id).secondPublisher === 'takeover') return undefined;
    const node = await publisherElsewhere(id);
    if (node === undefined) return undefined;
    const description =
      role === 'backup' ? `the stream is published on the node ${node}; push its backup there` : `${BUSY}, on ${node}`;
    return { status: BAD_NAME, code: 'STREAM_BUSY', description };
  }

  #obstacle(id: StreamId, role: PublisherRole): Obstacle | undefined {
    const { registry } = this.#door;
    const full = this.#door.publisherLimit(id, this.#connection.address);
    if (full) return { status: DENIED, code: full.code ?? 'LIMIT', description: full.reason };
    if (registry.isRendition(id)) {
      const description = 'a rendition of a live stream has this name';
      return { status: BAD_NAME, code: 'NAME_OF_RENDITION', description };
    }
    const setup = this.#door.setupOf(id);
    if (role === 'backup' && !setup.sources?.takesBackup) {
      const description = 'the rules of this stream take no backup; leave backup=1 out, or set backup.enabled';
      return { status: DENIED, code: 'NO_BACKUP', description };
    }
    return registry.canPublish(id, setup, role)
      ? undefined
      : { status: BAD_NAME, code: 'STREAM_BUSY', description: role === 'backup' ? BACKUP_BUSY : BUSY };
  }

  #register({ request, asked, id, role, streamKeyId }: AcceptedPublish): void {
    const connection = this.#connection;
    const sessionId = asked.sessionId ?? this.#door.newId();
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
    const setup = () => this.#door.setupOf(id);
    const result = this.#door.registry.publish(id, this.#publisher(sessionId), setup, role);
    if (result.ok) this.#accept(request, id, result.publication);
    else this.#reject(request, BAD_NAME, result.code, BUSY);
  }

  /** One session per publish: a connection may unpublish and publish again. */
  #publisher(sessionId: string) {
    const connection = this.#connection;
    return {
      sessionId,
      dismissed(reason: DismissalReason, detail?: string) {
        const description = detail === undefined ? reason : `${reason}: ${detail}`;
        connection.session.endPublish(BAD_NAME, description);
        connection.end(reason);
      },
    };
  }

  #accept(request: StreamRequest, id: StreamId, publication: Publication): void {
    const { log, session, address, encoder } = this.#connection;
    const { sessionId } = publication.publisher;
    log.info({ ...id, session: sessionId, role: publication.role, address, encoder }, 'publish started');
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
