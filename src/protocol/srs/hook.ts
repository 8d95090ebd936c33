import { createHash } from 'node:crypto';

export type SrsAction = 'on_publish' | 'on_unpublish' | 'on_play' | 'on_stop' | 'on_dvr';

/** What an HTTP hook of SRS tells of: a client does something with a stream. */
export type SrsHook = {
  readonly action: SrsAction;
  /** The node that tells. */
  readonly server: string;
  /** The same from a client's `on_publish` or `on_play` to its `on_unpublish` or `on_stop`. */
  readonly client: string;
  readonly address: string;
  /** `default` is what SRS calls `__defaultVhost__`. */
  readonly domain: string;
  /** The host that the client named; the domain's name where it is not known. */
  readonly host: string;
  readonly app: string;
  readonly stream: string;
  /** The client's arguments, with or without `?`. */
  readonly query: string;
  /** Of `on_play`: the page that the player is in. */
  readonly pageUrl?: string | undefined;
  /** Of `on_dvr`: where the file is, and its name there. */
  readonly file?: { readonly folder: string; readonly name: string };
};

const DEFAULT_VHOST = '__defaultVhost__';

/** The hook's body, JSON. */
export function encodeSrsHook(hook: SrsHook): string {
  const { action, server, client, address, domain, host, app, stream, query, pageUrl, file } = hook;
  const isDefault = domain === 'default';
  return JSON.stringify({
    server_id: vid(server),
    service_id: server,
    action,
    client_id: client,
    ip: address,
    vhost: isDefault ? DEFAULT_VHOST : domain,
    app,
    tcUrl: `rtmp://${host || domain}/${app}`,
    stream,
    param: query === '' || query.startsWith('?') ? query : `?${query}`,
    ...(action === 'on_play' ? { pageUrl: pageUrl ?? '' } : {}),
    ...(file === undefined ? {} : { cwd: file.folder, file: file.name }),
    stream_url: isDefault ? `/${app}/${stream}` : `${domain}/${app}/${stream}`,
    stream_id: vid(`${domain}\n${app}\n${stream}`),
  });
}

/** Whether the body of an answer says yes: `0`, or JSON whose `code` is 0. */
export function isSrsYes(body: string): boolean {
  const text = body.trim();
  if (text === '0') return true;
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === 'object' && answer !== null && 'code' in answer && answer.code === 0;
  } catch {
    return false;
  }
}

/** A name in the form that SRS gives things. */
function vid(text: string): string {
  return `vid-${createHash('sha256').update(text).digest('hex').slice(0, 7)}`;
}
