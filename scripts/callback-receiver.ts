import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { type ReceivedCallback, ReceiverServer, ruleLines } from './callback-receiver/index.ts';

const USAGE = `Takes callbacks, checks their signatures, and shows them on a page as they come.

  --port N          8099; 0 for any that is free
  --address A       127.0.0.1; 0.0.0.0 to be reached from other machines
  --key KEY         what signs them, several times for several keys; else CALLBACK_KEY, else one is made
  --host NAME       the host in the callbacks' URL, where a proxy or tunnel before this receiver changes it
  --fail N          refuse each callback N times before it is taken, or "always": to see it come again
  --status N        what a refused one is answered with (500)
  --record          answer "yes" where it is asked whether to record
`;

const OPTIONS = {
  port: { type: 'string', default: '8099' },
  address: { type: 'string', default: '127.0.0.1' },
  key: { type: 'string', multiple: true },
  host: { type: 'string' },
  fail: { type: 'string', default: '0' },
  status: { type: 'string', default: '500' },
  record: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

function readArguments() {
  const { values } = parseArgs({ options: OPTIONS });
  const failures = values.fail === 'always' ? Number.POSITIVE_INFINITY : Number(values.fail);
  const [port, failureStatus] = [Number(values.port), Number(values.status)];
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new TypeError('--port is a number up to 65535');
  if (!(failures >= 0)) throw new TypeError('--fail is a number of times, or "always"');
  if (!(failureStatus >= 300 && failureStatus <= 599)) throw new TypeError('--status is such as 500');
  const given = values.key ?? (process.env.CALLBACK_KEY ? [process.env.CALLBACK_KEY] : undefined);
  const keys = given ?? [randomBytes(16).toString('hex')];
  return { ...values, port, failures, failureStatus, keys, isKeyMade: given === undefined };
}

type Arguments = ReturnType<typeof readArguments>;

/** Keys that somebody gave are not repeated, as terminals are watched and recorded. */
function welcome(url: string, { keys, isKeyMade }: Arguments): string {
  const key = isKeyMade ? keys[0] : '<your callback key>';
  return `Callbacks are shown at ${url}/ and, for programs, at ${url}/events.json

Lines for the rules, for either form or both:

${ruleLines(url, key ?? '')}`;
}

/** Names come from anybody, and a terminal obeys control characters. */
function lineOf({ number, event, method, app, stream, signature, answer, attempt }: ReceivedCallback): string {
  const again = attempt > 1 ? `, try ${attempt}` : '';
  const line = `#${number} ${event || method} ${app}/${stream}: ${signature.verdict}, answered ${answer}${again}`;
  return line.replace(/\p{C}/gu, '?').slice(0, 500);
}

async function main(): Promise<void> {
  if (process.argv.includes('--help')) {
    console.log(USAGE);
    return;
  }
  try {
    const options = readArguments();
    const onCallback = (callback: ReceivedCallback) => console.log(lineOf(callback));
    const receiver = await ReceiverServer.start({ ...options, wantsRecording: options.record, onCallback });
    console.log(welcome(receiver.url, options));
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => void receiver.close());
  } catch (error) {
    const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    console.error(isTaken ? 'The port is taken: --port 0 takes any that is free.' : String(error));
    process.exitCode = 64;
  }
}

await main();
