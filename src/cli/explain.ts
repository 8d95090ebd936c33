import { randomBytes } from 'node:crypto';
import { Access, type AccessRequest } from '../access/index.ts';
import { type Config, loadConfig } from '../config/index.ts';
import type { CompiledRules } from '../rules/index.ts';
import { explanationOf, type Report, reportText, type ServerFacts } from './explanation.ts';
import { findRunningServer, requireInstalledRules } from './installation/index.ts';
import { sideOption } from './sign.ts';
import { readStreamUrl, type StreamUrl, UnknownHostError } from './stream-url.ts';

export type ExplainOptions = {
  readonly push?: boolean;
  readonly play?: boolean;
  readonly address: string;
  readonly referer?: string;
  readonly userAgent?: string;
  readonly country?: string;
  readonly json?: boolean;
  readonly config?: string;
};

type Streams = {
  readonly streams: readonly {
    readonly domain: string;
    readonly app: string;
    readonly name: string;
    readonly state: string;
    readonly publisher?: { readonly address: string; readonly encoder: string };
  }[];
};

/** Says what becomes of a URL and why: every step, one verdict, one remedy. Exit code 1 when it does not work. */
export async function explain(text: string, options: ExplainOptions): Promise<number> {
  const config = loadConfig({ file: options.config, env: process.env, cwd: process.cwd() });
  const rules = await requireInstalledRules(config);
  const report = await reportOn(text, rules, config, options);
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : reportText(report));
  return report.verdict.ok ? 0 : 1;
}

async function reportOn(text: string, rules: CompiledRules, config: Config, options: ExplainOptions): Promise<Report> {
  let url: StreamUrl;
  try {
    url = readStreamUrl(text, rules, sideOption(options));
  } catch (error) {
    if (!(error instanceof UnknownHostError)) throw error;
    return unknownHost(error);
  }
  const server = await serverFacts(config, url);
  const machineMs = Date.now();
  const nowMs = machineMs + (server?.clockDifferenceMs ?? 0);
  const access = new Access({
    rules: () => rules,
    nowMs: () => nowMs,
    // No session is opened here.
    sessionTokenKeys: { current: randomBytes(32) },
    countryOf: () => options.country?.toUpperCase(),
  });
  try {
    return explanationOf(url, await access.explain(accessRequest(url, options)), server, machineMs);
  } finally {
    await access.close();
  }
}

function accessRequest(url: StreamUrl, { address, referer, userAgent }: ExplainOptions): AccessRequest {
  const { domain, app, stream, path, query, host, protocol } = url;
  return { domain, app, stream, path, query, host, address, referer, userAgent, protocol };
}

/** Full seconds of an HTTP date say nothing of half a second. */
function clockDifference(serverMs: number | undefined, beforeMs: number, afterMs: number): number {
  if (serverMs === undefined) return 0;
  const isWithin = serverMs >= Math.floor(beforeMs / 1000) * 1000 && serverMs <= afterMs;
  return isWithin ? 0 : serverMs - (beforeMs + afterMs) / 2;
}

async function serverFacts(config: Config, url: StreamUrl): Promise<ServerFacts | undefined> {
  const server = await findRunningServer(config);
  if (server === undefined) return undefined;
  const beforeMs = Date.now();
  const clockMs = await server.api.clockMs();
  const clockDifferenceMs = clockDifference(clockMs, beforeMs, Date.now());
  const { streams } = await server.api.get<Streams>('/streams');
  const { domain, app, stream: name } = url;
  const found = streams.find((each) => each.domain === domain.name && each.app === app && each.name === name);
  const { rtmpPort, playbackPort } = server.ports;
  const publisher = found?.publisher && `${found.publisher.address} with ${found.publisher.encoder || 'an encoder'}`;
  return {
    clockDifferenceMs,
    stream: found && { state: found.state, ...(publisher ? { publisher } : {}) },
    port: url.protocol.startsWith('rtmp') ? rtmpPort : playbackPort,
  };
}

function unknownHost({ message, remedy }: UnknownHostError): Report {
  return {
    steps: [{ name: 'domain', status: 'fail', detail: message }],
    verdict: { ok: false, code: 'UNKNOWN_HOST', sentence: `The URL is refused: ${message}.` },
    remedy,
  };
}
