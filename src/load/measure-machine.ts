import { readdirSync, readFileSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { cpus } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Measure } from './measure.ts';

/** Each look wakes the process up, and finds this on top of the delay. */
const DELAY_RESOLUTION_MS = 50;
const GIB = 1024 ** 3;

/** Measures what this process may run out of; each look is about the time since the one before. */
export class MachineMeasures {
  readonly #diskPath: string;
  readonly #delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  #cpu = cpuTimes();

  /** @param diskPath on the disk that matters */
  constructor(diskPath: string) {
    this.#diskPath = diskPath;
    this.#delay.enable();
  }

  /** What cannot be found out on this machine is left out. */
  async look(): Promise<Measure[]> {
    const found = [this.#cpuUse(), this.#lateness(), ifKnown(memoryUse), descriptorUse()];
    const disk = await diskUse(this.#diskPath).catch(() => undefined);
    return [...found, disk].filter((each) => each !== undefined);
  }

  close(): void {
    this.#delay.disable();
  }

  #cpuUse(): Measure {
    const before = this.#cpu;
    this.#cpu = cpuTimes();
    const total = this.#cpu.total - before.total;
    const value = total > 0 ? (100 * (this.#cpu.busy - before.busy)) / total : 0;
    return {
      resource: 'cpu',
      value,
      unit: '%',
      words: `the processors are busy for ${value.toFixed(0)} % of the time`,
    };
  }

  #lateness(): Measure {
    const value = Math.max(0, this.#delay.percentile(99) / 1e6 - DELAY_RESOLUTION_MS) || 0;
    this.#delay.reset();
    return { resource: 'event-loop', value, unit: 'ms', words: `it answers ${value.toFixed(0)} ms late` };
  }
}

/** The kernel's files are read at once: they wait for no disk, and each way through another thread costs more than reading them. */
function ifKnown<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}

function cpuTimes(): { readonly busy: number; readonly total: number } {
  let [busy, total] = [0, 0];
  for (const { times } of cpus()) {
    const used = times.user + times.nice + times.sys + times.irq;
    busy += used;
    total += used + times.idle;
  }
  return { busy, total };
}

/** Of what this container may have, or of the machine. */
function memoryUse(): Measure {
  const { used, total } = ifKnown(memoryOfContainer) ?? memoryOfMachine();
  const value = (100 * used) / total;
  const words = `${(used / GIB).toFixed(1)} of ${(total / GIB).toFixed(1)} GiB of memory are used`;
  return { resource: 'memory', value, unit: '%', words };
}

function memoryOfContainer() {
  const read = (name: string) => readFileSync(`/sys/fs/cgroup/memory.${name}`, 'utf8');
  const total = Number(read('max'));
  if (!Number.isFinite(total)) return undefined;
  // What the kernel keeps of files it gives back when somebody needs it.
  const cached = Number(/^inactive_file (\d+)$/m.exec(read('stat'))?.[1] ?? 0);
  return { used: Number(read('current')) - cached, total };
}

function memoryOfMachine() {
  const text = readFileSync('/proc/meminfo', 'utf8');
  const bytes = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(text)?.[1]) * 1024;
  const total = bytes('MemTotal');
  return { used: total - bytes('MemAvailable'), total };
}

/** Of this process; undefined where it may open as many as it wants, and where that cannot be found out. */
export function descriptorsOpen(): { readonly open: number; readonly most: number } | undefined {
  return ifKnown(() => {
    const most = Number(/^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]);
    return Number.isFinite(most) ? { open: openCount(), most } : undefined;
  });
}

/** Linux says it from 6.2 on; before, they have to be listed, each of them. */
function openCount(): number {
  const folder = '/proc/self/fd';
  const { size } = statSync(folder);
  return size > 0 ? size : readdirSync(folder).length;
}

function descriptorUse(): Measure | undefined {
  const { open, most } = descriptorsOpen() ?? {};
  if (open === undefined || most === undefined) return undefined;
  const words = `${open} of ${most} descriptors are open (LimitNOFILE)`;
  return { resource: 'descriptors', value: (100 * open) / most, unit: '%', isHard: true, words };
}

async function diskUse(path: string): Promise<Measure> {
  const { bavail, bsize } = await statfs(path);
  const value = bavail * bsize;
  const words = `${(value / GIB).toFixed(2)} GiB are free on the disk of ${path}`;
  return { resource: 'disk', value, unit: 'bytes', isFree: true, words };
}
