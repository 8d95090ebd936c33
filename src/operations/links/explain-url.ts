import type { AccessRequest, Explanation } from '../../access/index.ts';
import type { CompiledRules } from '../../rules/index.ts';
import { explanationOf, type Report, type ServerFacts } from './explanation.ts';
import { playlistOfPage, RefusedHostError, readStreamUrl, type Side, type StreamUrl } from './stream-url.ts';

/** Who would use the URL. */
export type SupposedClient = {
  readonly address: string;
  readonly referer?: string | undefined;
  readonly userAgent?: string | undefined;
};

/** What is found out about the URL once it is known which stream it names. */
export type Look = {
  readonly server: ServerFacts | undefined;
  readonly explain: (request: AccessRequest) => Promise<Explanation>;
  /** Unix time of the machine that asks. */
  readonly machineMs: number;
};

/** Says what becomes of a URL and why: every step, one verdict, one remedy. */
export async function explainUrl(
  text: string,
  options: {
    readonly rules: CompiledRules;
    readonly side: Side | undefined;
    readonly client: SupposedClient;
    readonly look: (url: StreamUrl) => Promise<Look>;
  },
): Promise<Report> {
  const played = playlistOfPage(text);
  let url: StreamUrl;
  try {
    url = readStreamUrl(played ?? text, options.rules, options.side);
  } catch (error) {
    if (error instanceof RefusedHostError) return refusedHost(error);
    throw error;
  }
  const { server, explain, machineMs } = await options.look(url);
  const { domain, app, stream, path, query, host, protocol } = url;
  const request = { domain, app, stream, path, query, host, protocol, ...options.client };
  const report = explanationOf(url, await explain(request), server, machineMs);
  return played === undefined ? report : withPage(report, url.path);
}

function withPage(report: Report, path: string): Report {
  const detail = `the player page, which plays ${path}`;
  return { ...report, steps: [{ name: 'page', status: 'note', detail }, ...report.steps] };
}

function refusedHost({ code, message, remedy }: RefusedHostError): Report {
  return {
    steps: [{ name: 'domain', status: 'fail', detail: message }],
    verdict: { ok: false, code, sentence: `The URL is refused: ${message}.` },
    remedy,
  };
}
