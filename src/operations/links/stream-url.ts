import { resourcePath } from '../../access/index.ts';
import { resolvePushUrl } from '../../protocol/rtmp/index.ts';
import type { CompiledRules, DomainRule, HostRefusal, PlayProtocol } from '../../rules/index.ts';
import { OperationError } from '../base/index.ts';

export type Side = 'publish' | 'play';

/** A push or play URL, and the domain whose rules it falls to. */
export type StreamUrl = {
  readonly side: Side;
  /** Neither the caller nor the URL says which side it is for. */
  readonly isSideGuessed: boolean;
  readonly protocol: PlayProtocol | 'rtmp-push';
  readonly host: string;
  /** Undefined: the scheme's own. */
  readonly port: number | undefined;
  readonly domain: DomainRule;
  readonly app: string;
  readonly stream: string;
  /** As it is signed. */
  readonly path: string;
  readonly query: string;
};

/** The URL's host leads to no domain, or is not for what the URL is for. */
export class RefusedHostError extends OperationError {
  constructor(host: string, { code, reason, remedy }: HostRefusal) {
    super(404, code, `${host}: ${reason}`, remedy);
  }
}

type Parts = {
  readonly scheme: string;
  readonly authority: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly path: string;
  readonly query: string;
};

const URL_FORM = /^([a-z]+):\/\/([^/?#\s]+)(\/[^?#\s]*)(?:\?([^#\s]*))?$/i;
const MEDIA_PATH = /^\/(.+)\/([A-Za-z0-9][A-Za-z0-9_-]*?)(?:-llhls)?\.(flv|m3u8)$/;
const APP = /^[A-Za-z0-9][A-Za-z0-9_-]*(\/[A-Za-z0-9][A-Za-z0-9_-]*){0,3}$/;
const EXAMPLES = 'Give one like rtmp://host/app/stream, http://host/app/stream.flv or http://host/app/stream.m3u8.';

/** The address of the playlist that a player page plays, without the page's own parameters; undefined for other URLs. */
export function playlistOfPage(text: string): string | undefined {
  const [, page, query] = /^(https?:\/\/[^/?#\s]+\/[^?#\s]*\/[^/.?#\s]+)\/?(\?[^#\s]*)?$/i.exec(text) ?? [];
  if (page === undefined) return undefined;
  const names = (query ?? '').slice(1).split('&');
  const kept = names.filter((each) => each !== '' && !/^(flv|hls|protocol|embed|muted|autoplay)(=|$)/.test(each));
  return `${page}.m3u8${kept.length > 0 ? `?${kept.join('&')}` : ''}`;
}

/** Reads a URL under the rules; an RTMP URL is for pushing unless `side` or the host's domain says otherwise. */
export function readStreamUrl(text: string, rules: CompiledRules, side?: Side, nowMs = Date.now()): StreamUrl {
  const parts = partsOf(text);
  return parts.scheme.startsWith('rtmp') ? rtmpUrl(parts, rules, side, nowMs) : httpUrl(parts, rules, side, nowMs);
}

function partsOf(text: string): Parts {
  const [, scheme = '', authority = '', path = '', query = ''] = URL_FORM.exec(text) ?? [];
  if (scheme === '') throw badUrl('this is not a push or play URL with host and path');
  const bare = authority.slice(authority.lastIndexOf('@') + 1);
  const [, bracketed, name = '', port] = /^(?:\[([^\]]+)\]|([^:]*))(?::(\d+))?$/.exec(bare) ?? [];
  const host = (bracketed ?? name).toLowerCase();
  if (host === '') throw badUrl('the URL names no host');
  const known = ['rtmp', 'rtmps', 'http', 'https', 'ws', 'wss'];
  if (!known.includes(scheme.toLowerCase())) throw badUrl(`${scheme} is no protocol of this server`);
  return { scheme: scheme.toLowerCase(), authority, host, port: port ? Number(port) : undefined, path, query };
}

function rtmpUrl(parts: Parts, rules: CompiledRules, wanted: Side | undefined, nowMs: number): StreamUrl {
  const { scheme, authority, path, query, port } = parts;
  const app = path.slice(1);
  const tcUrl = `${scheme}://${authority}${path}${query === '' ? '' : `?${query}`}`;
  const found = resolvePushUrl({ tcUrl, app, streamName: '' });
  if (!found.ok) throw badUrl('the path must be an app of one to four segments and a stream name');
  const side = wanted ?? sideOf(found.host, query, rules);
  const isVhost = new URLSearchParams(found.query).has('vhost');
  const verdict =
    side === 'publish' ? rules.ingestHost(found.host, nowMs, isVhost) : rules.playbackHost(found.host, nowMs);
  return {
    side,
    isSideGuessed: wanted === undefined && !/(^|&)(key|auth_key)=/.test(found.query),
    protocol: side === 'publish' ? 'rtmp-push' : 'rtmp',
    host: found.host,
    port,
    domain: verdict.domain ?? refusedHost(found.host, verdict),
    app: found.app,
    stream: found.streamName,
    path: `/${found.app}/${found.streamName}`,
    query: found.query,
  };
}

/** A domain with ingest hosts of its own is pushed to through those, so that its other hosts are for playing. */
function sideOf(host: string, query: string, rules: CompiledRules): Side {
  if (/(^|&)key=/.test(query)) return 'publish';
  const domain = rules.domainForIngestHost(host);
  const isForViewers = domain !== undefined && domain.ingest.length > 0 && rules.domainForPlaybackHost(host) === domain;
  return isForViewers && domain.name !== 'default' ? 'play' : 'publish';
}

function httpUrl(parts: Parts, rules: CompiledRules, wanted: Side | undefined, nowMs: number): StreamUrl {
  const { scheme, host, port, path, query } = parts;
  if (wanted === 'publish') throw badUrl('streams are pushed over rtmp or rtmps only');
  const verdict = rules.playbackHost(host, nowMs);
  const domain = verdict.domain ?? refusedHost(host, verdict);
  const [, app = '', stream = '', extension] = MEDIA_PATH.exec(resourcePath(path, domain.play.auth)) ?? [];
  if (!APP.test(app)) throw badUrl('the path must be app/stream.flv or app/stream.m3u8');
  const isWebSocket = scheme.startsWith('ws');
  if (isWebSocket && extension !== 'flv') throw badUrl('only .flv is played over a WebSocket');
  const protocol = extension === 'm3u8' ? 'hls' : isWebSocket ? 'ws-flv' : 'flv';
  return { side: 'play', isSideGuessed: false, protocol, host, port, domain, app, stream, path, query };
}

function badUrl(sentence: string): OperationError {
  return new OperationError(400, 'BAD_URL', sentence, EXAMPLES, [{ path: 'body.url', message: sentence }]);
}

function refusedHost(host: string, refusal: HostRefusal): never {
  throw new RefusedHostError(host, refusal);
}
