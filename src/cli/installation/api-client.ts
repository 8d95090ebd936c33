import { CliError } from './cli-error.ts';

export type ApiClientOptions = {
  /** `http://127.0.0.1:8090`, without a path. */
  readonly baseUrl: string;
  /** A password, a temporary key, or what shows that this machine is ours. */
  readonly bearer: string;
};

const TIMEOUT_MS = 10_000;

/** The control door's API as its administrator. What fails is a CliError. */
export class ApiClient {
  readonly baseUrl: string;
  readonly #bearer: string;

  constructor({ baseUrl, bearer }: ApiClientOptions) {
    this.baseUrl = baseUrl.replace(/\/+$/, '');
    this.#bearer = bearer;
  }

  /** A JSON answer; `path` is below `/api/v1`. */
  async get<T>(path: string, options: { readonly signal?: AbortSignal } = {}): Promise<T> {
    const response = await this.open(path, options.signal ?? AbortSignal.timeout(TIMEOUT_MS));
    return (await response.json()) as T;
  }

  /** The JSON answer to a body that is sent as JSON. */
  async send<T>(method: 'POST' | 'PATCH' | 'PUT', path: string, body: unknown): Promise<T> {
    return (await this.sendTagged<T>(method, path, body)).value;
  }

  /** The same with the ETag of the answer, empty where it has none. */
  async sendTagged<T>(
    method: 'POST' | 'PATCH' | 'PUT',
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ readonly value: T; readonly etag: string }> {
    const sent = { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } };
    const response = await this.open(path, AbortSignal.timeout(TIMEOUT_MS), sent);
    return { value: (await response.json()) as T, etag: response.headers.get('etag') ?? '' };
  }

  /** Removes what is there; `pending` where a second person has to agree. */
  async remove(path: string): Promise<'removed' | 'pending'> {
    const response = await this.open(path, AbortSignal.timeout(TIMEOUT_MS), { method: 'DELETE' });
    await response.arrayBuffer();
    return response.status === 202 ? 'pending' : 'removed';
  }

  /** A good answer whose body has not been read yet. */
  async open(path: string, signal?: AbortSignal, init: RequestInit = {}): Promise<Response> {
    const headers = { ...init.headers, authorization: `Bearer ${this.#bearer}` };
    let response: Response;
    try {
      const url = `${this.baseUrl}/api/v1${path}`;
      response = await fetch(url, { ...init, headers, redirect: 'error', signal: signal ?? null });
    } catch (error) {
      if (signal?.aborted && signal.reason?.name !== 'TimeoutError') throw error;
      const message = `the server at ${this.baseUrl} does not answer`;
      throw new CliError(message, 'Check that it runs, and that this is its control door.', { cause: error });
    }
    if (response.ok) return response;
    throw await refused(response, this.baseUrl);
  }

  /** The server's clock, to the second that its HTTP date has. */
  async clockMs(): Promise<number | undefined> {
    const response = await this.open('/health', AbortSignal.timeout(TIMEOUT_MS));
    await response.arrayBuffer();
    const date = Date.parse(response.headers.get('date') ?? '');
    return Number.isNaN(date) ? undefined : date;
  }
}

export type WrongField = { readonly path: string; readonly message: string };

type Problem = { readonly title?: string; readonly remedy?: string; readonly errors?: readonly WrongField[] };

/** The server said no. */
export class ApiRefusal extends CliError {
  readonly status: number;
  /** The fields that are wrong, by their places. */
  readonly errors: readonly WrongField[];

  constructor(message: string, remedy: string, status: number, errors: readonly WrongField[] = []) {
    super(message, remedy);
    this.name = 'ApiRefusal';
    this.status = status;
    this.errors = errors;
  }
}

async function refused(response: Response, baseUrl: string): Promise<ApiRefusal> {
  const { status } = response;
  if (status === 401) {
    const remedy = 'Give the password of secrets.json in its data directory.';
    return new ApiRefusal(`the server at ${baseUrl} does not take the administrator password`, remedy, status);
  }
  const problem = (await response.json().catch(() => ({}))) as Problem;
  const remedy = problem.remedy ?? 'Look into the log of the server.';
  return new ApiRefusal(`the server says: ${problem.title ?? `status ${status}`}`, remedy, status, problem.errors);
}
