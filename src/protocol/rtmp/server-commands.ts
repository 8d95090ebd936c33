import { MalformedError } from '../bytes/index.ts';
import type { ChunkWriter } from './chunk-writer.ts';
import {
  type ConnectInfo,
  parseConnect,
  parsePublishType,
  parseStreamId,
  parseStreamName,
  type RtmpCommand,
} from './command.ts';
import { resolvePushUrl } from './push-url.ts';
import type { RtmpServerEvent, StreamRequest } from './server-events.ts';
import { ServerReplies } from './server-replies.ts';

type Wanted = 'publish' | 'play';
/** What the connection does: one stream at a time, in one direction. */
type Role =
  | { readonly state: 'idle' }
  | { readonly state: 'asking'; readonly wanted: Wanted; readonly requestId: number; readonly messageStreamId: number }
  | { readonly state: Wanted; readonly messageStreamId: number };

const IDLE: Role = { state: 'idle' };
const MAX_STREAMS = 16;

/** Obeys and answers the commands of one peer. */
export class ServerCommands {
  readonly #writer: ChunkWriter;
  readonly #replies: ServerReplies;
  readonly #options: { readonly windowAckSizeBytes: number; readonly chunkSize: number };
  readonly #createdStreams = new Set<number>();
  #client: ConnectInfo | undefined;
  #role: Role = IDLE;
  #lastRequestId = 0;
  #announcedName: string | undefined;

  constructor(writer: ChunkWriter, options: { readonly windowAckSizeBytes: number; readonly chunkSize: number }) {
    this.#writer = writer;
    this.#replies = new ServerReplies(writer);
    this.#options = options;
  }

  get client(): ConnectInfo | undefined {
    return this.#client;
  }

  get hasOpenRequest(): boolean {
    return this.#role.state === 'asking';
  }

  /** The one message stream whose media count, if any. */
  get publishingStreamId(): number | undefined {
    return this.#role.state === 'publish' ? this.#role.messageStreamId : undefined;
  }

  handle(command: RtmpCommand, messageStreamId: number): RtmpServerEvent[] {
    if (command.name === 'connect') return this.#connect(command);
    if (!this.#client) throw new MalformedError('BAD_STATE', 'RTMP session', 'a command before connect');
    switch (command.name) {
      case 'createStream':
        this.#createStream(command);
        return [];
      case 'FCPublish':
        this.#announcedName = parseStreamName(command);
        this.#replies.result(command.transactionId, undefined);
        return [];
      case 'publish':
      case 'play':
        return this.#ask(command.name, command, messageStreamId);
      case 'FCUnpublish':
        return this.#fcUnpublish(command);
      case 'deleteStream':
        return this.#deleteStream(command, messageStreamId);
      case 'closeStream':
        return this.#stop(messageStreamId);
      case 'pause':
      case 'pauseRaw':
        return this.#pause(command, messageStreamId);
      default:
        this.#answerOther(command, messageStreamId);
        return [];
    }
  }

  acceptPublish(requestId: number): void {
    const { messageStreamId } = this.#openRequest('publish', requestId);
    this.#role = { state: 'publish', messageStreamId };
    const code = 'NetStream.Publish.Start';
    if (this.#announcedName !== undefined) {
      this.#replies.command(0, 'onFCPublish', 0, null, { code, description: this.#announcedName });
    }
    this.#writer.writeControl({ type: 'streamBegin', messageStreamId });
    this.#replies.status(messageStreamId, 'status', code, 'Publishing.');
  }

  acceptPlay(requestId: number): void {
    const { messageStreamId } = this.#openRequest('play', requestId);
    this.#role = { state: 'play', messageStreamId };
    this.#writer.writeControl({ type: 'streamBegin', messageStreamId });
    this.#replies.status(messageStreamId, 'status', 'NetStream.Play.Reset', 'Playing and resetting.');
    this.#replies.status(messageStreamId, 'status', 'NetStream.Play.Start', 'Playing.');
    this.#replies.sampleAccess(messageStreamId);
  }

  reject(wanted: Wanted, requestId: number, code: string, description: string): void {
    const { messageStreamId } = this.#openRequest(wanted, requestId);
    this.#role = IDLE;
    this.#replies.status(messageStreamId, 'error', code, description);
  }

  endPlay(): void {
    if (this.#role.state !== 'play') return;
    const { messageStreamId } = this.#role;
    this.#role = IDLE;
    this.#writer.writeControl({ type: 'streamEof', messageStreamId });
    this.#replies.status(messageStreamId, 'status', 'NetStream.Play.UnpublishNotify', 'The stream is unpublished.');
    this.#replies.status(messageStreamId, 'status', 'NetStream.Play.Stop', 'The stream is over.');
  }

  endPublish(code: string, description: string): void {
    if (this.#role.state !== 'publish') return;
    const { messageStreamId } = this.#role;
    this.#role = IDLE;
    this.#replies.status(messageStreamId, 'error', code, description);
  }

  requestReconnect(description: string, tcUrl: string | undefined): void {
    const code = 'NetConnection.Connect.ReconnectRequest';
    this.#replies.status(0, 'status', code, description, tcUrl === undefined ? {} : { tcUrl });
  }

  #openRequest(wanted: Wanted, requestId: number): { readonly messageStreamId: number } {
    const role = this.#role;
    if (role.state !== 'asking' || role.wanted !== wanted || role.requestId !== requestId) {
      throw new RangeError(`no open ${wanted} request ${requestId}`);
    }
    return role;
  }

  #connect(command: RtmpCommand): RtmpServerEvent[] {
    if (this.#client) throw new MalformedError('BAD_STATE', 'RTMP session', 'a second connect');
    const info = parseConnect(command);
    this.#client = info;
    const { windowAckSizeBytes, chunkSize } = this.#options;
    this.#writer.writeControl({ type: 'windowAckSize', sizeBytes: windowAckSizeBytes });
    this.#writer.writeControl({ type: 'setPeerBandwidth', sizeBytes: windowAckSizeBytes, limitType: 2 });
    this.#writer.writeControl({ type: 'setChunkSize', sizeBytes: chunkSize });
    this.#replies.connected(command.transactionId, info);
    return [{ type: 'connect', ...info }];
  }

  #createStream(command: RtmpCommand): void {
    if (this.#createdStreams.size >= MAX_STREAMS) {
      throw new MalformedError('TOO_MANY', 'RTMP session', `more than ${MAX_STREAMS} message streams`);
    }
    let id = 1;
    while (this.#createdStreams.has(id)) id++;
    this.#createdStreams.add(id);
    this.#replies.result(command.transactionId, id);
  }

  #ask(wanted: Wanted, command: RtmpCommand, messageStreamId: number): RtmpServerEvent[] {
    const { tcUrl = '', app = '' } = this.#client ?? {};
    const streamName = parseStreamName(command);
    const publishType = wanted === 'publish' ? parsePublishType(command) : '';
    const url = resolvePushUrl({ tcUrl, app, streamName });
    const reason = this.#role.state !== 'idle' ? 'BUSY' : url.ok ? undefined : url.reason;
    if (reason !== undefined || !url.ok) {
      const code = wanted === 'publish' ? 'NetStream.Publish.BadName' : 'NetStream.Play.Failed';
      this.#replies.status(messageStreamId, 'error', code, `Refused: ${reason}.`);
      return [{ type: 'refused', wanted, reason: reason ?? 'BAD_NAME' }];
    }
    const requestId = ++this.#lastRequestId;
    this.#role = { state: 'asking', wanted, requestId, messageStreamId };
    const { host, app: appName, streamName: name, query } = url;
    const request: StreamRequest = { requestId, host, app: appName, streamName: name, query };
    if (wanted === 'play') return [{ type: 'play', messageStreamId, ...request }];
    return [{ type: 'publish', publishType, ...request }];
  }

  #fcUnpublish(command: RtmpCommand): RtmpServerEvent[] {
    const events = this.#role.state === 'publish' ? this.#stop(this.#role.messageStreamId) : [];
    if (this.#announcedName !== undefined) {
      const info = { code: 'NetStream.Unpublish.Success', description: this.#announcedName };
      this.#replies.command(0, 'onFCUnpublish', 0, null, info);
    }
    this.#announcedName = undefined;
    this.#replies.result(command.transactionId, undefined);
    return events;
  }

  #deleteStream(command: RtmpCommand, messageStreamId: number): RtmpServerEvent[] {
    const id = parseStreamId(command) ?? messageStreamId;
    this.#createdStreams.delete(id);
    return this.#stop(id);
  }

  #stop(messageStreamId: number): RtmpServerEvent[] {
    const role = this.#role;
    if ((role.state !== 'publish' && role.state !== 'play') || role.messageStreamId !== messageStreamId) return [];
    this.#role = IDLE;
    if (role.state === 'play') return [{ type: 'stopPlay' }];
    this.#replies.status(messageStreamId, 'status', 'NetStream.Unpublish.Success', 'Unpublished.');
    return [{ type: 'unpublish' }];
  }

  #pause(command: RtmpCommand, messageStreamId: number): RtmpServerEvent[] {
    if (this.#role.state !== 'play' || this.#role.messageStreamId !== messageStreamId) return [];
    const isPaused = command.args[1] === true;
    const [code, description] = isPaused
      ? ['NetStream.Pause.Notify', 'Paused.']
      : ['NetStream.Unpause.Notify', 'Unpaused.'];
    this.#replies.status(messageStreamId, 'status', code ?? '', description ?? '');
    return [{ type: 'pause', isPaused }];
  }

  #answerOther(command: RtmpCommand, messageStreamId: number): void {
    switch (command.name) {
      case 'releaseStream':
      case 'FCSubscribe':
      case 'FCUnsubscribe':
      case '_checkbw':
        this.#replies.result(command.transactionId, undefined);
        break;
      case 'getStreamLength':
        this.#replies.result(command.transactionId, 0);
        break;
      case 'seek':
        this.#replies.status(messageStreamId, 'error', 'NetStream.Seek.Failed', 'A live stream has no past.');
        break;
      case '_result':
      case '_error':
      case 'onStatus':
      case 'receiveAudio':
      case 'receiveVideo':
        return;
      default:
        this.#replies.error(command.transactionId, `No command ${command.name.slice(0, 40)}.`);
    }
  }
}
