import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { bringsToken } from './door-token.ts';
import { type NodePlace, requestTo } from './request-to.ts';

const PREFIX = '/cluster/v1/viewers';
const ANSWER_MS = 15_000;
/** `{http|https} {address}`: who is at the other end of the viewer's connection. */
const PEER_HEADER = 'headwater-peer';
const PEER = /^(https?) (\S{0,64})$/;
/** Of the connection, or said between nodes only. */
const NOT_PASSED_ON =
  /^(:.*|headwater-.*|connection|keep-alive|transfer-encoding|upgrade|te|trailer|expect|authorization|content-length)$/;

export type ViewerPeer = { readonly address: string; readonly isSecure: boolean };

/** What a viewer asks, as he asked it. */
export type ViewerQuestion = {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly peer: ViewerPeer;
};

/** Asks another node what a viewer asks; rejects where it cannot be reached. Of the answer nothing but the head is read. */
export function askAsViewer(place: NodePlace, question: ViewerQuestion): Promise<IncomingMessage> {
  const { method, url, headers, peer } = question;
  const passedOn = Object.entries(headers).filter(([name]) => !NOT_PASSED_ON.test(name));
  // HTTP/2 has the host elsewhere.
  const host = headers.host ?? (headers[':authority'] as string | undefined);
  return new Promise((resolve, reject) => {
    const request = requestTo(place, {
      ...{ method, path: PREFIX + url, timeout: ANSWER_MS, setHost: false },
      headers: {
        ...Object.fromEntries(passedOn),
        ...(host === undefined ? {} : { host }),
        [PEER_HEADER]: `${peer.isSecure ? 'https' : 'http'} ${peer.address}`,
      },
    });
    request.on('error', reject);
    request.on('response', resolve);
    request.end();
  });
}

/** Makes a request of another node what the viewer asked there, and says who he is; undefined where it may not be made. */
export function takeQuestion(request: IncomingMessage, token: string | undefined): ViewerPeer | undefined {
  const [matched, scheme, address = ''] = PEER.exec(String(request.headers[PEER_HEADER])) ?? [];
  if (matched === undefined || !request.url?.startsWith(`${PREFIX}/`) || !bringsToken(request, token)) return undefined;
  request.url = request.url.slice(PREFIX.length);
  delete request.headers.authorization;
  delete request.headers[PEER_HEADER];
  return { address, isSecure: scheme === 'https' };
}
