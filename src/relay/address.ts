/** An RTMP URL as a client needs it. */
export type RtmpAddress = {
  readonly host: string;
  readonly port: number;
  readonly isSecure: boolean;
  readonly tcUrl: string;
  readonly app: string;
  readonly streamName: string;
};

/** What stands for the names of the stream in a URL of the rules. */
export type Names = { readonly app: string; readonly name: string };

/** Splits before the last segment of the path, which with the query is the stream's name. */
export function rtmpAddress(text: string): RtmpAddress {
  const url = new URL(text);
  const isSecure = url.protocol === 'rtmps:';
  const [path = ''] = url.pathname.slice(1).split('?', 1);
  const slash = path.lastIndexOf('/');
  const app = slash < 0 ? '' : path.slice(0, slash);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return {
    host,
    port: Number(url.port) || (isSecure ? 443 : 1935),
    isSecure,
    tcUrl: `${url.protocol}//${url.host}/${app}`,
    app,
    streamName: path.slice(slash + 1) + url.search,
  };
}

/** A destination: its server with app, and the name of the stream there. */
export function destinationAddress(server: string, key: string): RtmpAddress {
  const url = new URL(server);
  const app = url.pathname.replace(/^\/|\/$/g, '') + url.search;
  const { host, port, isSecure } = rtmpAddress(server);
  return { host, port, isSecure, tcUrl: `${url.protocol}//${url.host}/${app}`, app, streamName: key };
}

/** `{app}` and `{stream}` filled in; what stands in a URL is percent-encoded. */
export function filledIn(text: string, { app, name }: Names): string {
  const segments = app.split('/').map(encodeURIComponent).join('/');
  return text
    .replace(/\{app\}|%7Bapp%7D/gi, () => segments)
    .replace(/\{stream\}|%7Bstream%7D/gi, () => encodeURIComponent(name));
}

/** What of a URL may be seen by anybody who sees the stream: no user, no path that may be a key, no query. */
export function shownAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url ? `${url.protocol}//${url.host}` : '';
}
