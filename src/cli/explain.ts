import { randomBytes } from 'node:crypto';
import { Access, BlockList } from '../access/index.ts';
import { type Config, loadConfig } from '../config/index.ts';
import { explainUrl, type RenditionFacts, reportText, type ServerFacts, type StreamUrl } from '../operations/index.ts';
import type { CompiledRules } from '../rules/index.ts';
import { readBlocks } from '../store/index.ts';
import { findRunningServer, requireInstalledRules } from './installation/index.ts';
import { sideOption } from './sign.ts';

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
    readonly transcoding?: { readonly renditions: readonly (RenditionFacts & { readonly name?: string })[] };
  }[];
};

/** Says what becomes of a URL and why: every step, one verdict, one remedy. Exit code 1 when it does not work. */
export async function explain(text: string, options: ExplainOptions): Promise<number> {
  const config = loadConfig({ file: options.config, env: process.env, cwd: process.cwd() });
  const rules = await requireInstalledRules(config);
  let close = async () => {};
  const { address, referer, userAgent, country } = options;
  try {
    const report = await explainUrl(text, {
      ...{ rules, side: sideOption(options), client: { address, referer, userAgent } },
      look: async (url) => {
        const server = await serverFacts(config, url);
        const machineMs = Date.now();
        const access = await accessAt(machineMs + (server?.clockDifferenceMs ?? 0), rules, config, country);
        close = () => access.close();
        return { server, machineMs, explain: (request) => access.explain(request) };
      },
    });
    process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : reportText(report));
    return report.verdict.ok ? 0 : 1;
  } finally {
    await close();
  }
}

async function accessAt(nowMs: number, rules: CompiledRules, config: Config, country: string | undefined) {
  const blocks = new BlockList(Date.now, await readBlocks(config.dataDir));
  return new Access({
    rules: () => rules,
    nowMs: () => nowMs,
    // No session is opened here.
    sessionTokenKeys: { current: randomBytes(32) },
    countryOf: () => country?.toUpperCase(),
    blockOf: (stream) => blocks.find(stream),
  });
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
  const ofApp = streams.filter((each) => each.domain === domain.name && each.app === app);
  const found = ofApp.find((each) => each.name === name);
  const renditions = ofApp.flatMap(({ transcoding }) => transcoding?.renditions ?? []);
  const { rtmpPort, playbackPort } = server.ports;
  const publisher = found?.publisher && `${found.publisher.address} with ${found.publisher.encoder || 'an encoder'}`;
  return {
    clockDifferenceMs,
    rendition: renditions.find((each) => each.name === name),
    stream: found && { state: found.state, ...(publisher ? { publisher } : {}) },
    port: url.protocol.startsWith('rtmp') ? rtmpPort : playbackPort,
  };
}
