import { readdirSync, readFileSync } from 'node:fs';

export type Process = {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  readonly started: string;
};

function processOf(pid: number): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    const [state, parent, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? undefined : { pid, parent: Number(parent), name, started: fields[17] ?? '' };
  } catch {
    // It ended while it was looked at.
    return undefined;
  }
}

/** What a process has started, and what that has. */
function descendants(of: number): Process[] {
  const all = readdirSync('/proc').flatMap((entry) => (/^\d+$/.test(entry) ? (processOf(Number(entry)) ?? []) : []));
  const below = (pid: number): Process[] =>
    all.filter(({ parent }) => parent === pid).flatMap((each) => [each, ...below(each.pid)]);
  return below(of);
}

/** All that servers have ever started, so that what outlives them is found. */
export class Family {
  readonly #known = new Map<string, Process>();

  /** Notes what a server has started, and gives it. */
  look(server: number): readonly Process[] {
    const found = descendants(server);
    for (const each of found) this.#known.set(`${each.pid} ${each.started}`, each);
    return found;
  }

  /** Those that are still there. */
  left(): Process[] {
    return [...this.#known.values()].filter(({ pid, started }) => processOf(pid)?.started === started);
  }
}

export function residentBytes(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1]) * 1024;
}

export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}
