import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { PlayRequest } from '../../access/index.ts';
import { StorageError } from '../../storage/index.ts';
import { StoreError } from '../../store/index.ts';
import { LibraryError } from '../../vod/index.ts';
import {
  ADAPTIVE,
  type AssetObject,
  asWebVtt,
  type Content,
  captionsOf,
  captionsPlaylist,
  cutPlaylist,
  isForViewers,
  isMediaPlaylist,
  objectOf,
  PlayError,
  type ShelvedAsset,
  withArgument,
  withMpdUris,
  withUris,
} from '../../vod/play/index.ts';
import { sendRanged } from '../http/index.ts';
import { answer, answerProblem, CORS_HEADERS } from './answer.ts';
import { type AssetViewer, admitToAsset } from './asset-admission.ts';
import { shownPlayInfo } from './asset-info.ts';
import { mediaTypeOf } from './asset-types.ts';
import { AssetViewers } from './asset-viewers.ts';
import { countAnswer, countSent } from './counted-answers.ts';
import type { Problem, Request, Response } from './exchange.ts';
import { TOKEN_PARAMETER } from './hls-ready.ts';
import type { PlaybackDoor } from './playback-door.ts';
import { acceptsGzip, PlaylistText } from './playlist-text.ts';
import type { AssetTarget } from './target.ts';

/** What a viewer of a preview is given of a file: its bytes before a place, or all, with a seal. */
const PART_PARAMETER = 'hw_part';
const INFO = 'play.json';
const CAPTIONS = /^captions\/([^/]+)\.(vtt|m3u8)$/;
const BEYOND: Problem = { status: 416, code: 'RANGE_NOT_SATISFIABLE', reason: 'the range lies behind the end' };
/** Whoever gets these watches; pictures and captions are looked at beforehand, too. */
const WATCHED: readonly string[] = ['original', 'rendition'];
const AGAIN = { 'Retry-After': '5' };

type Exchange = {
  readonly target: AssetTarget;
  readonly asked: PlayRequest;
  readonly request: Request;
  readonly response: Response;
};

type Playing = Exchange & { readonly viewer: AssetViewer; readonly shelved: ShelvedAsset };

/** Answers what is below `/vod/{asset}/`: what can be played of an asset, and its files. */
export class Assets {
  readonly #door: PlaybackDoor;
  readonly #texts = new PlaylistText();
  readonly #viewers: AssetViewers;

  constructor(door: PlaybackDoor) {
    this.#door = door;
    const { clock, usage } = door;
    this.#viewers = new AssetViewers({ clock, joined: (...who) => usage.joined(...who) });
  }

  close(): void {
    this.#viewers.close();
  }

  async answer(exchange: Exchange): Promise<void> {
    const { request, response, target, asked } = exchange;
    try {
      const viewer = await admitToAsset(this.#door, target, asked);
      if ('status' in viewer) return answerProblem(request, response, viewer);
      const shelved = await this.#door.assets.lookFor(target.asset, viewer.grant);
      await this.#play({ ...exchange, viewer, shelved });
    } catch (error) {
      const problem = this.#problemOf(error, target.asset);
      if (response.headersSent) response.destroy();
      else answerProblem(request, response, problem, problem.status === 503 ? AGAIN : {});
    }
  }

  async #play(playing: Playing): Promise<void> {
    const { target, shelved, viewer } = playing;
    const { path } = target;
    if (path === INFO) return this.#info(playing);
    const captions = CAPTIONS.exec(path);
    if (path === ADAPTIVE || captions?.[2] === 'm3u8') {
      if (this.#mustMoveOn(playing, true, false)) return this.#moveOn(playing);
      const text = captions ? this.#captionsPlaylist(shelved, captions[1] ?? '') : this.#door.assets.adaptive(shelved);
      return this.#list(
        playing,
        withUris(text, (uri) => this.#carried(playing, uri)),
      );
    }
    const found = captions ? captionsObject(shelved, captions[1] ?? '') : objectOf(shelved.files, path);
    if (!found || !isForViewers(shelved.asset, shelved.files, found.file))
      throw new PlayError('ASSET_FILE_NOT_FOUND', path);
    if (isKey(found) && viewer.token === undefined) throw new PlayError('ASSET_ENCRYPTED', path);
    if (this.#mustMoveOn(playing, isList(found), found.file.encryption !== undefined)) return this.#moveOn(playing);
    await this.#object(playing, found, captions !== null);
  }

  /** What a player begins with. */
  #info(playing: Playing): void {
    const { request, response, viewer, shelved, asked } = playing;
    const info = this.#door.assets.info(shelved, viewer.grant?.previewSeconds);
    const isEncrypted = info.sources.some(({ file }) => file?.encryption !== undefined);
    const needsSession = viewer.token === undefined && (this.#mustMoveOn(playing, true, isEncrypted) || isEncrypted);
    const session = needsSession ? viewer.session() : undefined;
    const uriOf = (path: string) =>
      session === undefined ? this.#carried(playing, path) : sessionUri(asked, session, path);
    const body = new TextEncoder().encode(JSON.stringify(shownPlayInfo(info, uriOf)));
    answer(request, response, { type: 'application/json', cacheControl: 'no-store', body });
  }

  async #object(playing: Playing, found: AssetObject, asVtt: boolean): Promise<void> {
    const { content } = this.#door.assets;
    const isText = asVtt || isList(found);
    const cdn = isText || isKey(found) ? undefined : this.#door.assets.cdnUrl(found);
    const endByte = this.#endByte(playing, found);
    const key = isKey(found) ? this.#door.assets.keyOf(found.file) : undefined;
    if (key !== undefined) return this.#key(playing, key);
    if (cdn !== undefined) return redirect(playing, cdn);
    const object = await content.find(found.storage, found.object);
    if (!object) throw new PlayError('ASSET_FILE_NOT_FOUND', found.object);
    if (!isText) return this.#media(playing, found, object, endByte);
    const text = await content.text(object);
    if (asVtt) return this.#text(playing, asWebVtt(text), 'text/vtt; charset=utf-8');
    if (found.object.endsWith('.m3u8')) return this.#list(playing, this.#shown(playing, text));
    if (found.object.endsWith('.mpd')) {
      const mpd = withMpdUris(text, (uri) => this.#carried(playing, uri));
      return this.#text(playing, mpd, mediaTypeOf('.mpd'));
    }
    const carried = text.replace(/^([^#\s]\S*)(#xywh=\S+)$/gm, (_all, uri: string, place: string) => {
      return `${this.#carried(playing, uri)}${place}`;
    });
    this.#text(playing, carried, mediaTypeOf('.vtt'));
  }

  /** Where only the beginning may be seen, how far that goes in this file; throws PlayError where it has none of it. */
  #endByte({ viewer, asked, target }: Playing, found: AssetObject): number | undefined {
    if (viewer.grant?.previewSeconds === undefined) return undefined;
    if (found.object.endsWith('.m3u8') || ['captions', 'cover'].includes(found.file.role)) return undefined;
    const part = new URLSearchParams(asked.query).get(PART_PARAMETER) ?? '';
    const [end = '', seal = ''] = part.split('.');
    const isOurs = this.#door.assets.tokens.isSealed(viewer.token ?? '', partOf(target.path, end), seal);
    if (!isOurs) throw new PlayError('PREVIEW_ONLY', target.path);
    return end === '' ? undefined : Number(end);
  }

  /** A playlist as this viewer gets it: for a preview, cut and its segments sealed. */
  #shown(playing: Playing, text: string): string {
    const seconds = playing.viewer.grant?.previewSeconds;
    if (seconds === undefined || !isMediaPlaylist(text)) return withUris(text, (uri) => this.#carried(playing, uri));
    const { text: cut, parts } = cutPlaylist(text, seconds);
    const folder = playing.target.path.slice(0, playing.target.path.lastIndexOf('/') + 1);
    return withUris(cut, (uri) => {
      const end = String(parts.get(uri)?.endByte ?? '');
      const path = pathBelow(folder, uri);
      const seal = this.#door.assets.tokens.seal(playing.viewer.token ?? '', partOf(path, end));
      return withArgument(this.#carried(playing, uri), PART_PARAMETER, `${end}.${seal}`);
    });
  }

  async #media(playing: Playing, found: AssetObject, object: Content, endByte = object.sizeBytes): Promise<void> {
    const { request, response } = playing;
    const { etag, modifiedAtMs } = object;
    const sizeBytes = Math.min(object.sizeBytes, endByte);
    const headers = {
      ...CORS_HEADERS,
      'Content-Type': mediaTypeOf(found.object),
      'Cache-Control': this.#cacheControl(playing, found),
      'X-Content-Type-Options': 'nosniff',
      ETag: etag,
      'Last-Modified': new Date(modifiedAtMs).toUTCString(),
    };
    if (isUnchanged(request, etag, modifiedAtMs)) {
      countAnswer(response, 304, 0);
      (response as ServerResponse).writeHead(304, headers).end();
      return;
    }
    const isHead = request.method === 'HEAD';
    if (!isHead && WATCHED.includes(found.file.role)) this.#watches(playing);
    const sent = await sendRanged(request, response as ServerResponse, {
      ...{ sizeBytes, headers },
      onAnswer: (status) => countAnswer(response, status, 0),
      onSent: (bytes) => countSent(response, bytes),
      open: async (range) => {
        const { start, end } = range ?? { start: 0, end: sizeBytes };
        return { body: isHead ? Readable.from([]) : await object.read(start, end) };
      },
    });
    if (sent === 'unsatisfiable') answerProblem(request, response, BEYOND);
  }

  #watches({ asked, target, viewer, request, response }: Playing): void {
    const id = { domain: asked.domain.name, app: asked.app, name: target.asset };
    const { address } = asked;
    const session = viewer.token ?? `${address} ${request.headers['user-agent'] ?? ''}`;
    response.once('close', this.#viewers.sends(id, { session, address }));
  }

  /** It is in no storage, where whoever has the segments would have it, too. */
  #key(playing: Playing, hexKey: string): void {
    const { request, response } = playing;
    const body = new Uint8Array(Buffer.from(hexKey, 'hex'));
    answer(request, response, { type: 'application/octet-stream', cacheControl: 'private, no-store', body });
  }

  #list(playing: Playing, text: string): void {
    const { request, response } = playing;
    const body = new TextEncoder().encode(text);
    const takesGzip = acceptsGzip(request.headers['accept-encoding']);
    const cacheControl = this.#cacheControl(playing);
    answer(request, response, this.#texts.answer({ body, cacheControl, isShared: false, takesGzip }));
  }

  #text(playing: Playing, text: string, type: string): void {
    const { request, response } = playing;
    const cacheControl = this.#cacheControl(playing);
    answer(request, response, { type, cacheControl, body: new TextEncoder().encode(text) });
  }

  #captionsPlaylist(shelved: ShelvedAsset, id: string): string {
    const { file } = captionsObject(shelved, id) ?? {};
    if (!file) throw new PlayError('ASSET_FILE_NOT_FOUND', id);
    const { durationSeconds = 0 } = shelved.asset;
    return captionsPlaylist(`${encodeURIComponent(file.id)}.vtt`, durationSeconds);
  }

  /** An address with the token where that is not in the path. */
  #carried({ target, viewer }: Playing, uri: string): string {
    return target.token === '' && viewer.token !== undefined ? withArgument(uri, TOKEN_PARAMETER, viewer.token) : uri;
  }

  /** Whether the viewer goes on under a session's address: what a list names is let through by nothing else. */
  #mustMoveOn({ viewer, asked }: Playing, isListed: boolean, isEncrypted: boolean): boolean {
    if (viewer.token !== undefined) return false;
    return viewer.mustMoveOn || (isListed && (isEncrypted || asked.domain.play.auth.type !== 'no_auth'));
  }

  #moveOn(playing: Playing): void {
    const { target, viewer, asked } = playing;
    const encoded = target.path.split('/').map(encodeURIComponent).join('/');
    const up = '../'.repeat(encoded.split('/').length - 1);
    redirect(playing, `${up}${sessionUri(asked, viewer.session(), encoded)}`);
  }

  #cacheControl({ viewer }: Playing, found?: AssetObject): string {
    if (found && isKey(found)) return 'private, no-store';
    const isOpen = viewer.token === undefined && viewer.grant === undefined;
    return `${isOpen ? 'public' : 'private'}, max-age=${found ? 3600 : 60}`;
  }

  #problemOf(error: unknown, asset: string): Problem {
    if (error instanceof PlayError || error instanceof LibraryError) {
      const { status, code, message: reason, remedy } = error;
      return { status, code, reason, remedy };
    }
    if (error instanceof StorageError && error.code === 'OBJECT_NOT_FOUND') {
      return this.#problemOf(new PlayError('ASSET_FILE_NOT_FOUND', asset), asset);
    }
    if (!(error instanceof StorageError) && !(error instanceof StoreError)) throw error;
    const { code, message, remedy: forOperator } = error;
    this.#door.log.warn({ asset, code, reason: message, remedy: forOperator }, 'asset cannot be played at the moment');
    const remedy = 'Try again in a moment; the log of the server says what is the matter.';
    return { status: 503, code, reason: 'the file cannot be read at the moment', remedy };
  }
}

function captionsObject({ files }: ShelvedAsset, id: string): AssetObject | undefined {
  const file = captionsOf(files).find((each) => each.id === decodeURIComponent(id));
  return file && { storage: file.storage, object: file.object, file, isFile: true };
}

/** It names other files. */
function isList({ file, object }: AssetObject): boolean {
  return /\.(m3u8|mpd)$/.test(object) || (file.role === 'vtt' && object === file.object);
}

function isKey({ object }: AssetObject): boolean {
  return object.endsWith('.key');
}

/** Relative to what lies directly below the asset's address. */
function sessionUri({ domain }: PlayRequest, token: string, path: string): string {
  if (domain.play.sessionTokenIn === 'query') return withArgument(`~/${path}`, TOKEN_PARAMETER, token);
  return `~${token}/${path}`;
}

function redirect({ request, response }: Exchange, to: string): void {
  const body = new TextEncoder().encode('');
  const headers = { Location: to, 'Referrer-Policy': 'no-referrer' };
  answer(request, response, { status: 302, type: 'text/plain', cacheControl: 'no-store', body, headers });
}

/** What a part is sealed over. */
function partOf(path: string, end: string): string {
  return `${path}\n${end}`;
}

/** Where a relative URI of a playlist leads; percent-decoded. */
function pathBelow(folder: string, uri: string): string {
  const encoded = folder.split('/').map(encodeURIComponent).join('/');
  const { pathname } = new URL(uri, `http://a/${encoded}`);
  return decodeURIComponent(pathname.slice(1));
}

/** By RFC 9110, 13.2.2: the date counts where no entity tag is asked about. */
function isUnchanged({ headers }: Request, etag: string, modifiedAtMs: number): boolean {
  const tags = headers['if-none-match'];
  if (tags !== undefined) return tags.split(',').some((each) => ['*', etag, `W/${etag}`].includes(each.trim()));
  const since = headers['if-modified-since'];
  return since !== undefined && Math.floor(modifiedAtMs / 1000) * 1000 <= Date.parse(since);
}
