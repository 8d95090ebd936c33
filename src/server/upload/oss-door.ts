import type { IncomingMessage, ServerResponse } from 'node:http';
import { noteDone } from '../../operations/index.ts';
import type { StoredUploadSession } from '../../store/index.ts';
import { exactly, type Published } from '../../vod/upload/index.ts';
import { checkMay, type OssCaller, ossCallerOf } from './oss-caller.ts';
import { OssError, ossErrorOf } from './oss-error.ts';
import { answerList, answerUploads } from './oss-lists.ts';
import { answerObject } from './oss-objects.ts';
import { type OssRequest, ossRequestOf } from './oss-request.ts';
import { namedParts, type Xml, xmlDocument } from './oss-xml.ts';
import { bodyOf } from './request-body.ts';
import type { UploadDoor } from './upload-door.ts';

const MOST_XML_BYTES = 4_194_304;
const MOST_LISTED_PARTS = 1000;

type Exchange = {
  readonly asked: OssRequest;
  readonly who: OssCaller;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
};

/** So much of OSS as clients need to upload: put, multipart, head, get and list; buckets are the storages. */
export class OssDoor {
  readonly #door: UploadDoor;

  constructor(door: UploadDoor) {
    this.#door = door;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = this.#door.newId().replaceAll('-', '').slice(0, 24).toUpperCase();
    response.setHeader('x-oss-request-id', requestId);
    response.setHeader('Server', 'Headwater');
    try {
      const asked = ossRequestOf(request.method ?? '', request.url ?? '', request.headers);
      const who = ossCallerOf(this.#door, asked, request.socket.remoteAddress ?? '');
      await this.#route({ asked, who, request, response });
    } catch (error) {
      if (request.socket.destroyed) return;
      const known = ossErrorOf(error) ?? this.#fault(error);
      if (response.headersSent) return void response.destroy();
      const { status, code, message, more } = known;
      const body = { Code: code, Message: message, RequestId: requestId, HostId: request.headers.host ?? '', ...more };
      const text = xmlDocument('Error', body);
      // Answers to HEAD have no body.
      response.setHeader('x-oss-err', Buffer.from(text).toString('base64'));
      sendXml(response, status, text);
    }
  }

  async #route(exchange: Exchange): Promise<void> {
    const { asked, who, response } = exchange;
    const { method, query } = asked;
    const { object, bucket } = who.target;
    const uploadId = query.get('uploadId');
    if (object === '' && method === 'GET') {
      if (query.has('uploads')) return answerUploads(this.#door, who, query, response);
      return answerList(this.#door, who, query, response);
    }
    if (object === '') throw notServed(method);
    if (method === 'PUT' && uploadId !== undefined) return this.#putPart(exchange, uploadId);
    if (method === 'PUT') return this.#put(exchange);
    if (method === 'POST' && query.has('uploads')) return this.#begin(exchange);
    if (method === 'POST' && uploadId !== undefined) return this.#complete(exchange, uploadId);
    if (method === 'DELETE' && uploadId !== undefined) return this.#abort(exchange, uploadId);
    if (method === 'GET' && uploadId !== undefined) return this.#listParts(exchange, uploadId);
    if (method !== 'GET' && method !== 'HEAD') throw notServed(method);
    checkMay(who, 'read');
    await answerObject(this.#door, { storage: bucket, object }, asked, response);
  }

  async #put({ asked, who, request, response }: Exchange): Promise<void> {
    const { headers } = asked;
    for (const name of ['x-oss-copy-source', 'x-oss-callback']) {
      if (headers[name] !== undefined) throw new OssError(501, 'NotImplemented', `${name} is not served here.`);
    }
    if (asked.query.has('append')) throw notServed('append');
    await this.#checkNew(asked, who);
    const sizeBytes = lengthOf(request);
    const session = { ...this.#sessionOf(asked, who), way: 'put' as const, sizeBytes };
    const bytes = sizeBytes === undefined ? bodyOf(request) : exactly(sizeBytes, bodyOf(request));
    const published = await this.#door.uploads.put(session, bytes, md5Of(asked));
    this.#done(who, published);
    tell(response, published);
    response.writeHead(200, { 'Content-Length': 0 }).end();
  }

  async #begin({ asked, who, response }: Exchange): Promise<void> {
    await this.#checkNew(asked, who);
    const session = await this.#door.uploads.begin({ ...this.#sessionOf(asked, who), way: 'multipart' });
    const { bucket: Bucket, object: Key } = who.target;
    this.#send(response, 'InitiateMultipartUploadResult', { Bucket, Key, UploadId: uploadIdOf(session) });
  }

  async #putPart({ asked, who, request, response }: Exchange, uploadId: string): Promise<void> {
    const { id } = await this.#found(who, uploadId);
    const sizeBytes = lengthOf(request);
    if (sizeBytes === undefined) throw new OssError(411, 'MissingContentLength', 'Send Content-Length.');
    const number = Number(asked.query.get('partNumber'));
    const part = await this.#door.uploads.sessions.part(id, number, sizeBytes, bodyOf(request), md5Of(asked));
    tell(response, { sizeBytes, tag: part.md5, crc64: part.crc64 });
    response.writeHead(200, { 'Content-Length': 0 }).end();
  }

  async #complete({ asked, who, request, response }: Exchange, uploadId: string): Promise<void> {
    const { id } = await this.#found(who, uploadId);
    const isAll = asked.headers['x-oss-complete-all'] === 'yes';
    const named = isAll ? undefined : namedParts(await textOf(request));
    if (!isAll && named === undefined) throw new OssError(400, 'MalformedXML', 'Name the parts as XML.');
    await this.#checkNew(asked, who);
    const published = await this.#door.uploads.complete(id, named);
    this.#done(who, published);
    const { bucket: Bucket, object: Key } = who.target;
    tell(response, published);
    const Location = `http://${asked.headers.host ?? ''}/${Key}`;
    this.#send(response, 'CompleteMultipartUploadResult', { Location, Bucket, Key, ETag: `"${tagOf(published)}"` });
  }

  async #abort({ who, response }: Exchange, uploadId: string): Promise<void> {
    await this.#door.uploads.sessions.remove(await this.#found(who, uploadId));
    response.writeHead(204).end();
  }

  async #listParts({ asked, who, response }: Exchange, uploadId: string): Promise<void> {
    const session = await this.#found(who, uploadId);
    const limit = Math.min(Number(asked.query.get('max-parts') ?? MOST_LISTED_PARTS) || 0, MOST_LISTED_PARTS);
    const after = Number(asked.query.get('part-number-marker') ?? 0) || 0;
    const parts = await this.#door.uploads.sessions.parts(session.id, { after, limit: limit + 1 });
    const shown = parts.slice(0, limit);
    this.#send(response, 'ListPartsResult', {
      ...{ Bucket: session.storage, Key: session.object, UploadId: uploadId, StorageClass: 'Standard' },
      ...{ PartNumberMarker: after, NextPartNumberMarker: shown.at(-1)?.number ?? after, MaxParts: limit },
      IsTruncated: parts.length > limit,
      Part: shown.map(({ number, md5, sizeBytes, crc64, modifiedAt }) => ({
        ...{ PartNumber: number, LastModified: modifiedAt.toISOString(), ETag: `"${md5.toUpperCase()}"` },
        ...{ Size: sizeBytes, HashCrc64ecma: crc64 },
      })),
    });
  }

  #sessionOf({ headers }: OssRequest, who: OssCaller) {
    const { bucket: storage, object } = who.target;
    const upload = who.kind === 'temporary' ? who.credentials.upload : undefined;
    return { upload, owner: who.name, storage, object, contentType: headers['content-type'] };
  }

  /** What is there already is replaced only by who may delete it; of an asset it never is. */
  async #checkNew({ headers }: OssRequest, who: OssCaller): Promise<void> {
    checkMay(who, 'put');
    const { bucket, object } = who.target;
    if ((await this.#door.storages.get(bucket).head(object)) === undefined) return;
    const isForbidden = headers['x-oss-forbid-overwrite'] === 'true' || who.kind === 'temporary';
    if (isForbidden) throw new OssError(409, 'FileAlreadyExists', 'The object you specified already exists.');
    checkMay(who, 'replace');
  }

  async #found(who: OssCaller, uploadId: string): Promise<StoredUploadSession> {
    checkMay(who, 'put');
    const { bucket, object } = who.target;
    const id = uploadId.toLowerCase().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);
    const session = isId ? await this.#door.uploads.sessions.find(id) : undefined;
    const isIts = session?.storage === bucket && session.object === object && session.way === 'multipart';
    if (session && isIts) return session;
    throw new OssError(404, 'NoSuchUpload', 'The specified upload does not exist.', { UploadId: uploadId });
  }

  #send(response: ServerResponse, root: string, body: Xml): void {
    sendXml(response, 200, xmlDocument(root, body));
  }

  #done(who: OssCaller, { sizeBytes }: Published): void {
    if (who.kind !== 'key') return;
    const { bucket: storage, object } = who.target;
    noteDone(
      this.#door.identity.audit,
      who.caller,
      'assets:upload',
      { kind: 'storage', storage, object },
      { sizeBytes },
    );
  }

  #fault(error: unknown): OssError {
    this.#door.log.error({ error }, 'an upload failed unexpectedly');
    return new OssError(500, 'InternalError', 'We encountered an internal error. Please try again.');
  }
}

/** As clients know it: without hyphens, in capitals. */
const uploadIdOf = ({ id }: StoredUploadSession) => id.replaceAll('-', '').toUpperCase();

const tagOf = ({ tag }: Published) => tag.toUpperCase();

function tell(response: ServerResponse, published: Published): void {
  response.setHeader('ETag', `"${tagOf(published)}"`);
  if (published.crc64 !== undefined) response.setHeader('x-oss-hash-crc64ecma', published.crc64);
}

export function sendXml(response: ServerResponse, status: number, text: string): void {
  const body = Buffer.from(text);
  response.writeHead(status, { 'Content-Type': 'application/xml', 'Content-Length': body.length }).end(body);
}

/** Undefined where the body comes in chunks. */
function lengthOf({ headers }: IncomingMessage): number | undefined {
  if (headers['transfer-encoding'] !== undefined) return undefined;
  return Number(headers['content-length'] ?? 0);
}

/** In hex. */
function md5Of({ headers }: OssRequest): string | undefined {
  const given = headers['content-md5'];
  return typeof given === 'string' ? Buffer.from(given, 'base64').toString('hex') : undefined;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request) {
    sizeBytes += (chunk as Buffer).length;
    if (sizeBytes > MOST_XML_BYTES) throw new OssError(400, 'EntityTooLarge', 'The list of parts is too long.');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString();
}

function notServed(what: string): OssError {
  return new OssError(501, 'NotImplemented', `${what} is not served here: put, multipart, head, get and list are.`);
}
