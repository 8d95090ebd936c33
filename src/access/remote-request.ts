/** What an authentication server is asked. */
export type RemoteRequest = {
  readonly url: string;
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** With one, the answer's body is wanted too. */
  readonly body?: string;
};

/** Sends the request and gives the status, and the body where it counts; throws when there is no answer in time. */
export type FetchRemote = (request: RemoteRequest) => Promise<{ readonly status: number; readonly body?: string }>;

/** Who asks for what, as the authentication server is told in headers. */
export type RemoteSubject = {
  /** The node that asks. */
  readonly server?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly host?: string | undefined;
  readonly action: 'publish' | 'play';
  readonly domain: string;
  readonly app: string;
  readonly stream: string;
  readonly protocol: string;
  readonly path: string;
  readonly query: string;
  readonly address: string;
  readonly referer?: string | undefined;
  readonly userAgent?: string | undefined;
};
