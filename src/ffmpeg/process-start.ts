import { spawnSync } from 'node:child_process';

/** Of what the server knows, a codec library gets to see this. */
const PASSED_ON = /^(PATH|HOME|LANG|LC_.*|TMPDIR|LD_LIBRARY_PATH|LIBVA_.*|CUDA_.*|NVIDIA_.*|DISPLAY|XDG_RUNTIME_DIR)$/;
const TRY_MS = 30_000;

/** The environment of a process that handles what strangers made: nothing secret is in it. */
export function passedEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => PASSED_ON.test(name)));
}

/** Linux can end a process with the one that started it: what to start it by. */
export function diesWithParent(): readonly string[] {
  return once(['setpriv', '--pdeathsig', 'KILL']);
}

/** Linux can take the network from a process, where the server may do that (as root): what to start it by. */
export function withoutNetwork(): readonly string[] {
  return once(['unshare', '--net']);
}

/** Whether util-linux can bound what a process takes. */
export function canLimit(): boolean {
  return once(['prlimit', '--fsize=1000000000']).length > 0;
}

const known = new Map<string, readonly string[]>();

/** A prefix that works here, else none. Tried once. */
function once(prefix: readonly string[]): readonly string[] {
  const key = prefix.join(' ');
  const found = known.get(key);
  if (found) return found;
  const [program = '', ...args] = prefix;
  const works = spawnSync(program, [...args, 'true'], { timeout: TRY_MS }).status === 0;
  const answer = works ? prefix : [];
  known.set(key, answer);
  return answer;
}
