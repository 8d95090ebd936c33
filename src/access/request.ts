import type { DomainRule, PlayProtocol, Rules, StreamKeyRule } from '../rules/index.ts';

type CommonRequest = {
  /** The rule that the host name led to. */
  readonly domain: DomainRule;
  readonly app: string;
  /** The name asked for, rendition suffix included. */
  readonly stream: string;
  /** As signed: `/live/demo.flv`, or `/live/demo` in RTMP; with the prefix that signature types B and C put in front. */
  readonly path: string;
  /** The raw query, with or without `?`. */
  readonly query: string;
  /** The client's own address, behind trusted proxies too. */
  readonly address: string;
  readonly referer?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>> | undefined;
  /** The host name that the client used; an alias may have a key of its own. */
  readonly host?: string | undefined;
  /** The client came by HTTPS or RTMPS, as far as its proxies say. */
  readonly isSecure?: boolean | undefined;
  /** What the session will be called, where an authentication server wants to know it beforehand. */
  readonly sessionId?: string | undefined;
};

export type PlayRequest = CommonRequest & {
  readonly protocol: PlayProtocol;
  /** Another node asks for one of its viewers: a signature for one session was used up there. */
  readonly isPassedOn?: boolean | undefined;
};

export type PublishRequest = CommonRequest & { readonly protocol: 'rtmp-push' };

export type AccessRequest = PlayRequest | PublishRequest;

/** What `Access` needs of the compiled rules. */
export interface AccessRules {
  readonly rules: Pick<Rules, 'revoked' | 'streamKeys'>;
  /** The keys that may publish the stream, without the revoked ones. */
  streamKeysFor(domain: string, app: string, stream: string): readonly StreamKeyRule[];
}

/** Two letters of ISO 3166-1, or undefined when the country is not known. */
export type CountryOf = (address: string, headers: CommonRequest['headers']) => string | undefined;

export function isPublish(request: AccessRequest): request is PublishRequest {
  return request.protocol === 'rtmp-push';
}
