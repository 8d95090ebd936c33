import { readFile } from 'node:fs/promises';
import { type Config, loadConfig } from '../config/index.ts';
import { CliError, findRunningServer } from './installation/index.ts';
import { type Progress, rehearsalText, rehearse, reportOf } from './rehearsal/index.ts';
import { audienceAddresses } from './rehearsal-addresses.ts';
import { type RehearseOptions, readOptions } from './rehearsal-options.ts';

/** Where nobody sees the line move. */
const LINE_EACH_MS = 10_000;

/** Watches a stream with so many viewers; exit code 0 when the service levels are kept, else 1. */
export async function rehearseAudience(options: RehearseOptions): Promise<number> {
  const { viewers, forMs, rampMs, maxMbps, mix } = readOptions(options);
  const config = loadConfig({ file: options.config, env: process.env, cwd: process.cwd() });
  const target = options.url === undefined ? await onlyStream(config) : { url: options.url };
  const key = options.keyFile === undefined ? undefined : await readKey(options.keyFile);
  const doors = (['flv', 'hls', 'llhls'] as const).filter((door) => mix[door] > 0);
  const { addressOf, note } = await audienceAddresses(config, { ...target, key, doors, goodForMs: forMs });
  process.stderr.write(
    `${viewers} viewers for ${forMs / 1000} s, coming over ${rampMs / 1000} s: ${target.url}\n${note}`,
  );
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  const { signal } = stopping;
  const rehearsed = await rehearse({
    ...{ mix, durationMs: forMs, rampMs, maxMbps, addressOf, signal },
    onProgress: progressPrinter(),
  });
  if (process.stderr.isTTY) process.stderr.write('\n');
  const report = reportOf(rehearsed, target.url, signal.aborted);
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : rehearsalText(report));
  return report.passed ? 0 : 1;
}

type Streams = { readonly streams: readonly { domain: string; app: string; name: string; state: string }[] };

/** The stream of the server on this machine, where it has one only. */
async function onlyStream(config: Config): Promise<{ readonly url: string; readonly host?: string }> {
  const server = await findRunningServer(config);
  if (server === undefined) {
    throw new CliError('no server runs here', 'Start it, or say with --url what to watch.');
  }
  const { streams } = await server.api.get<Streams>('/streams?limit=1000');
  const live = streams.filter(({ state }) => state === 'publishing');
  const [stream] = live;
  if (stream === undefined) throw new CliError('nothing is live here', 'Push a stream first.');
  if (live.length > 1) {
    const names = live.slice(0, 5).map(({ app, name }) => `${app}/${name}`);
    throw new CliError(`${live.length} streams are live: ${names.join(', ')}`, 'Say with --url which one to watch.');
  }
  const url = `http://127.0.0.1:${server.ports.playbackPort}/${stream.app}/${stream.name}`;
  const isNamed = stream.domain !== 'default' && !stream.domain.includes('*');
  return isNamed ? { url, host: stream.domain } : { url };
}

async function readKey(file: string): Promise<string> {
  const [line = ''] = (await readFile(file, 'utf8')).split('\n');
  if (line.trim() !== '') return line.trim();
  throw new CliError(`${file} is empty`, 'Its first line is the key that signs play URLs.', { exitCode: 2 });
}

/** A line that changes for people, and one now and then for a log. */
function progressPrinter(): (progress: Progress) => void {
  let printedAtMs = 0;
  return (progress) => {
    const { elapsedMs, viewers, watching, stalledShare, joinP95Ms, mbps, errors, cpuPercent } = progress;
    const text =
      `${Math.round(elapsedMs / 1000)} s  ${watching} of ${viewers} watching  join p95 ${Math.round(joinP95Ms ?? 0)} ms  ` +
      `stalled ${(stalledShare * 100).toFixed(2)} %  ${Math.round(mbps)} Mb/s  ${errors} errors  ` +
      `this machine ${Math.round(cpuPercent)} %`;
    if (process.stderr.isTTY) process.stderr.write(`\r${text.padEnd(110)}`);
    else if (elapsedMs - printedAtMs >= LINE_EACH_MS) {
      printedAtMs = elapsedMs;
      process.stderr.write(`${text}\n`);
    }
  };
}
