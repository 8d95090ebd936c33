import { readFileSync } from 'node:fs';

const CLOCK_TICKS = 100;

export type Measured = { readonly wall: number; readonly cpu: number };

/** CPU of this process and of the children that it has waited for, in seconds. */
function cpuSeconds(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  return fields.slice(11, 15).reduce((sum, ticks) => sum + ticks, 0) / CLOCK_TICKS;
}

/** What some work takes, in seconds by the clock and of CPU, with the processes that it starts and awaits. */
export async function measured(work: () => Promise<unknown>): Promise<Measured> {
  const [startMs, cpu] = [performance.now(), cpuSeconds()];
  await work();
  return { wall: (performance.now() - startMs) / 1000, cpu: cpuSeconds() - cpu };
}

/** A line of a table in Markdown. */
export const line = (...cells: readonly (string | number)[]) =>
  `| ${cells.map((cell) => (typeof cell === 'number' ? cell.toFixed(2) : cell)).join(' | ')} |`;
