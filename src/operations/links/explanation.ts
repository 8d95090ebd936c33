import type { Explanation, ExplanationStep, Refusal } from '../../access/index.ts';
import { spanText } from './span-text.ts';
import type { StreamUrl } from './stream-url.ts';

/** What the running server says; undefined when none runs here. */
export type ServerFacts = {
  readonly clockDifferenceMs: number;
  /** The stream under the URL's name, when there is one. */
  readonly stream: { readonly state: string; readonly publisher?: string } | undefined;
  /** The rendition of a live stream that has the URL's name, where it is not made now. */
  readonly rendition?: RenditionFacts | undefined;
  /** The port that the URL's protocol has on this server. */
  readonly port: number;
};

export type RenditionFacts = {
  readonly state: 'idle' | 'starting' | 'live' | 'shed' | 'failed';
  readonly reason?: string;
  /** The reason is a limit of the rules. */
  readonly isHeldBack?: true;
};

export type StepStatus = 'pass' | 'fail' | 'note';

export type ReportStep = { readonly name: string; readonly status: StepStatus; readonly detail: string };

export type Report = {
  readonly steps: readonly ReportStep[];
  readonly verdict: { readonly ok: boolean; readonly code: string; readonly sentence: string };
  readonly remedy: string;
};

/** More than HTTP's full seconds and the way there can explain. */
const CLOCK_TOLERANCE_MS = 3000;

/** Puts what access says and what the server says into one report with one verdict. */
export function explanationOf(
  url: StreamUrl,
  access: Explanation,
  server: ServerFacts | undefined,
  machineMs: number,
): Report {
  const steps = access.steps.map((step) => ({
    name: step.name,
    status: statusOf(step, access),
    detail: step.detail,
  }));
  const [domain, ...others] = steps;
  return {
    steps: [
      ...(domain === undefined ? [] : [domain]),
      ...sideSteps(url),
      serverStep(url, server),
      ...others,
      ...clockSteps(url, server, machineMs),
      ...portSteps(url, server),
    ],
    ...conclusion(url, access, server),
  };
}

/** Of signature and stream key one is enough, so that the other is no failure once somebody is let in. */
function statusOf(step: ExplanationStep, { verdict }: Explanation): StepStatus {
  if (step.passed) return 'pass';
  const isEither = step.name === 'signature' || step.name === 'streamKey';
  const isUnused = step.name === 'streamKey' && step.detail === 'none given';
  return isUnused || (isEither && verdict.allowed) ? 'note' : 'fail';
}

/** One and the same RTMP URL may be pushed to and played. */
function sideSteps({ side, isSideGuessed }: StreamUrl): ReportStep[] {
  if (!isSideGuessed) return [];
  const [taken, other, option] = side === 'publish' ? ['pushing', 'playing', 'play'] : ['playing', 'pushing', 'push'];
  return [
    {
      name: 'purpose',
      status: 'note',
      detail: `taken as a URL for ${taken}; if it is for ${other}, say so: kind ${option}, or --${option}`,
    },
  ];
}

function serverStep({ side }: StreamUrl, server: ServerFacts | undefined): ReportStep {
  const name = 'online';
  if (server === undefined) return { name, status: 'fail', detail: 'the server is not running, so nothing is online' };
  if (server.stream === undefined && server.rendition && side === 'play') return renditionStep(server.rendition);
  if (server.stream === undefined) {
    const detail = side === 'publish' ? 'nobody publishes under this name' : 'the stream is not live';
    return { name, status: side === 'publish' ? 'pass' : 'fail', detail };
  }
  const { state, publisher } = server.stream;
  const detail = `the stream is ${state}${publisher === undefined ? '' : `, pushed from ${publisher}`}`;
  return { name, status: side === 'publish' && state === 'publishing' ? 'note' : 'pass', detail };
}

function renditionStep({ state, reason }: RenditionFacts): ReportStep {
  const name = 'online';
  if (isComing(state)) {
    return { name, status: 'pass', detail: 'the rendition is not made now; it starts with its first viewer' };
  }
  return { name, status: 'fail', detail: `the rendition is not made: ${reason ?? state}` };
}

const isComing = (state: RenditionFacts['state']) => state === 'idle' || state === 'starting' || state === 'live';

/** Three clocks: the server's, this machine's, and the timestamp that the URL was signed with. */
function clockSteps({ query }: StreamUrl, server: ServerFacts | undefined, machineMs: number): ReportStep[] {
  const differenceMs = server?.clockDifferenceMs ?? 0;
  const isOff = Math.abs(differenceMs) > CLOCK_TOLERANCE_MS;
  const details = [`this machine's is ${new Date(machineMs).toISOString()}`];
  if (server === undefined) details.push("the server's is not known");
  else details.push(isOff ? `the server's is ${awayText(differenceMs)} it` : "the server's agrees");
  const timestamp = /(?:^|&)auth_key=(\d{1,10})-/.exec(query)?.[1];
  if (timestamp !== undefined) {
    details.push(`the signature's timestamp is ${awayText(Number(timestamp) * 1000 - machineMs - differenceMs)} that`);
  }
  return [{ name: 'clock', status: isOff ? 'note' : 'pass', detail: details.join('; ') }];
}

function awayText(differenceMs: number): string {
  return `${spanText(differenceMs / 1000)} ${differenceMs > 0 ? 'ahead of' : 'behind'}`;
}

function portSteps(url: StreamUrl, server: ServerFacts | undefined): ReportStep[] {
  const isRtmp = url.protocol.startsWith('rtmp');
  const port = url.port ?? (isRtmp ? 1935 : 80);
  if (server === undefined || server.port === port) return [];
  const door = isRtmp ? 'RTMP' : 'playback';
  const detail = `the URL goes to port ${port}, ${door} of this server is on ${server.port}: right only with a proxy between`;
  return [{ name: 'port', status: 'note', detail }];
}

function conclusion(url: StreamUrl, access: Explanation, server: ServerFacts | undefined): Omit<Report, 'steps'> {
  const { verdict } = access;
  if (!verdict.allowed) return refused(verdict, server);
  if (server === undefined) {
    const sentence = 'The URL is let in, but the server is not running.';
    return failed('SERVER_NOT_RUNNING', sentence, 'Start it with headwater serve.');
  }
  if (url.side === 'publish') return publishConclusion(server);
  if (server.stream === undefined && server.rendition) return renditionConclusion(server.rendition);
  if (server.stream === undefined) {
    const sentence = 'The URL is let in, but the stream is not live.';
    return failed('STREAM_NOT_LIVE', sentence, 'Start the encoder, or check app and stream name.');
  }
  return passed('This URL plays.');
}

function renditionConclusion({ state, reason, isHeldBack }: RenditionFacts): Omit<Report, 'steps'> {
  if (isComing(state)) return passed('This URL plays.');
  const sentence = `The URL is let in, but the rendition is not made: ${reason ?? state}.`;
  if (isHeldBack) {
    const remedy = 'Play the stream itself, wait until another rendition ends, or raise limits.transcodes.';
    return failed('TRANSCODE_LIMIT', sentence, remedy);
  }
  return failed('RENDITION_AWAY', sentence, 'Play the stream itself or another rendition.');
}

function publishConclusion({ stream }: ServerFacts): Omit<Report, 'steps'> {
  if (stream?.state !== 'publishing') return passed('This URL may publish.');
  const sentence = 'The URL is let in, but somebody is publishing under this name already.';
  const remedy = "Stop the other encoder, or set the stream's publish.secondPublisher to takeover.";
  return failed('STREAM_BUSY', sentence, remedy);
}

function refused(verdict: Refusal, server: ServerFacts | undefined): Omit<Report, 'steps'> {
  const isOff = Math.abs(server?.clockDifferenceMs ?? 0) > CLOCK_TOLERANCE_MS;
  const isLate = verdict.code === 'SIGNATURE_EXPIRED' && isOff;
  const remedy = isLate ? 'Set the clocks right, then sign again.' : verdict.remedy;
  return failed(verdict.code, `The URL is refused: ${verdict.reason}.`, remedy);
}

function passed(sentence: string): Omit<Report, 'steps'> {
  return { verdict: { ok: true, code: 'OK', sentence }, remedy: 'Nothing to do.' };
}

function failed(code: string, sentence: string, remedy: string): Omit<Report, 'steps'> {
  return { verdict: { ok: false, code, sentence }, remedy };
}

const MARKS: Readonly<Record<StepStatus, string>> = { pass: 'ok  ', fail: 'FAIL', note: '-   ' };

/** The report as lines for people. */
export function reportText(report: Report): string {
  const lines = report.steps.map(({ name, status, detail }) => `  ${MARKS[status]}  ${name.padEnd(12)}${detail}`);
  const { code, sentence } = report.verdict;
  return [...lines, '', `Verdict: ${sentence} (${code})`, `Remedy:  ${report.remedy}`, ''].join('\n');
}
