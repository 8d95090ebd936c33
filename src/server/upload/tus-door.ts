import type { IncomingMessage, ServerResponse } from 'node:http';
import type { StoredUploadSession } from '../../store/index.ts';
import { UploadError } from '../../vod/upload/index.ts';
import { bodyOf } from './request-body.ts';
import { bytesOf, checksumOf, metadataOf, TUS_EXTENSIONS, TUS_VERSION } from './tus-headers.ts';
import type { UploadDoor } from './upload-door.ts';

/** Where tus is served. */
export const TUS_PATH = '/_upload/tus';

const BODY_TYPE = 'application/offset+octet-stream';

/** Resumable uploads by the protocol tus 1.0, with the token of an upload as `Authorization: Bearer`. */
export class TusDoor {
  readonly #door: UploadDoor;

  constructor(door: UploadDoor) {
    this.#door = door;
  }

  async answer(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    response.setHeader('Tus-Resumable', TUS_VERSION);
    response.setHeader('Cache-Control', 'no-store');
    if (request.method === 'OPTIONS') return this.#tellOptions(response);
    if (request.headers['tus-resumable'] !== TUS_VERSION) {
      response.setHeader('Tus-Version', TUS_VERSION);
      response.writeHead(412).end();
      return;
    }
    const upload = this.#uploadOf(request);
    const id = path.slice(TUS_PATH.length).replace(/^\//, '');
    const method = String(request.headers['x-http-method-override'] ?? request.method);
    if (id === '' && method === 'POST') return this.#create(request, response, upload);
    const session = await this.#sessionOf(id, upload);
    if (method === 'HEAD') return this.#head(response, session.id);
    if (method === 'PATCH') return this.#patch(request, response, session);
    if (method === 'DELETE') return this.#remove(response, session);
    response.setHeader('Allow', 'POST, HEAD, PATCH, DELETE, OPTIONS');
    response.writeHead(405).end();
  }

  #tellOptions(response: ServerResponse): void {
    response.setHeader('Tus-Version', TUS_VERSION);
    response.setHeader('Tus-Extension', TUS_EXTENSIONS);
    response.setHeader('Tus-Checksum-Algorithm', 'sha1,sha256,md5,crc32');
    response.writeHead(204).end();
  }

  async #create(request: IncomingMessage, response: ServerResponse, upload: string): Promise<void> {
    const { uploads } = this.#door;
    const sizeBytes = bytesOf('Upload-Length', headerOf(request, 'upload-length'));
    const header = headerOf(request, 'upload-metadata');
    const { filetype } = metadataOf(header);
    const { owner, storage, object } = await uploads.findOpen(upload);
    const session = await uploads.begin({
      ...{ upload, way: 'tus', owner, storage, object, sizeBytes },
      contentType: filetype !== undefined && /^[\w.+-]+\/[\w.+-]+$/.test(filetype) ? filetype : undefined,
      metadata: header === undefined ? {} : { tus: header.slice(0, 4096) },
    });
    response.setHeader('Location', `${TUS_PATH}/${session.id}`);
    const hasBody = headerOf(request, 'content-type') === BODY_TYPE;
    const taken = hasBody || sizeBytes === 0 ? await this.#take(request, session, 0) : session;
    this.#tell(response, taken);
    response.writeHead(201).end();
  }

  async #head(response: ServerResponse, id: string): Promise<void> {
    const session = await this.#door.uploads.sessions.settled(id);
    this.#tell(response, session);
    if (session.sizeBytes !== null) response.setHeader('Upload-Length', session.sizeBytes);
    if (session.metadata.tus !== undefined) response.setHeader('Upload-Metadata', session.metadata.tus);
    response.writeHead(200).end();
  }

  async #patch(request: IncomingMessage, response: ServerResponse, session: StoredUploadSession): Promise<void> {
    if (headerOf(request, 'content-type') !== BODY_TYPE) {
      response.writeHead(415).end();
      return;
    }
    const atByte = bytesOf('Upload-Offset', headerOf(request, 'upload-offset'));
    this.#tell(response, await this.#take(request, session, atByte));
    response.writeHead(204).end();
  }

  /** Of the last bytes the answer comes when the object is there. */
  async #take(request: IncomingMessage, { id }: StoredUploadSession, atByte: number): Promise<StoredUploadSession> {
    const { uploads } = this.#door;
    const checksum = checksumOf(headerOf(request, 'upload-checksum'));
    const session = await uploads.sessions.append(id, bodyOf(request), { atByte, checksum });
    if (session.receivedBytes === session.sizeBytes) await uploads.complete(id);
    return session;
  }

  async #remove(response: ServerResponse, session: StoredUploadSession): Promise<void> {
    await this.#door.uploads.sessions.remove(session);
    response.writeHead(204).end();
  }

  #tell(response: ServerResponse, { receivedBytes, expiresAt, state }: StoredUploadSession): void {
    response.setHeader('Upload-Offset', receivedBytes);
    if (state === 'open') response.setHeader('Upload-Expires', expiresAt.toUTCString());
  }

  #uploadOf(request: IncomingMessage): string {
    const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (token !== undefined) return this.#door.credentials.uploadOf(token);
    const remedy = 'Send the token of the upload: Authorization: Bearer (createUpload gives one).';
    throw new UploadError('UPLOAD_TOKEN_INVALID', 'there is no token', remedy);
  }

  async #sessionOf(id: string, upload: string): Promise<StoredUploadSession> {
    const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);
    const session = isId ? await this.#door.uploads.sessions.find(id) : undefined;
    if (session?.uploadId === upload) return session;
    throw new UploadError('UPLOAD_NOT_FOUND', 'there is no such upload', 'Begin a new one.');
  }
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}
