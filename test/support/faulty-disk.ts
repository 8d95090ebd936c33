import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, rm, statfs, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { tempDir } from './temp-dir.ts';

const THROTTLE = '/sys/fs/cgroup/blkio/blkio.throttle.write_bps_device';
const DISK_BYTES = 64 * 1024 * 1024;
const ROOM_BYTES = 8 * 1024 * 1024;

/** What can be wrong with a disk. */
export type DiskFault = 'full' | 'slow' | 'hanging';

/** A small disk of its own, on which writing can go wrong and be well again. */
export type FaultyDisk = {
  readonly path: string;
  hurt(fault: DiskFault): Promise<void>;
  heal(): Promise<void>;
  remove(): Promise<void>;
};

/**
 * A file system in a file that lies in memory, so that it is the kernel that fails: writes of a hanging disk wait, and
 * those of a slow one get `slowBytesPerSecond`.
 */
export async function faultyDisk(slowBytesPerSecond = 20_000): Promise<FaultyDisk> {
  const home = await tempDir('disk');
  const [memory, path] = [join(home.path, 'memory'), join(home.path, 'disk')];
  const image = join(memory, 'image');
  await Promise.all([mkdir(memory), mkdir(path)]);
  run('mount', '-t', 'tmpfs', '-o', `size=${DISK_BYTES + ROOM_BYTES}`, 'tmpfs', memory);
  await writeFile(image, '');
  await truncate(image, DISK_BYTES);
  run('mkfs.ext4', '-q', '-O', '^has_journal', '-E', 'nodiscard', image);
  const device = run('losetup', '--find', '--show', image).trim();
  const number = readFileSync(`/sys/block/${basename(device)}/dev`, 'utf8').trim();
  run('mount', device, path);
  const throttle = (bytesPerSecond: number) => writeFile(THROTTLE, `${number} ${bytesPerSecond}`);
  const filler = join(path, 'filler');

  const faults: Readonly<Record<DiskFault, { hurt(): unknown; heal(): unknown }>> = {
    full: { hurt: () => fill(filler), heal: () => rm(filler) },
    slow: { hurt: () => throttle(slowBytesPerSecond), heal: () => throttle(0) },
    hanging: { hurt: () => run('fsfreeze', '--freeze', path), heal: () => run('fsfreeze', '--unfreeze', path) },
  };
  let current: DiskFault | undefined;
  const heal = async () => {
    const fault = current;
    current = undefined;
    if (fault) await faults[fault].heal();
  };
  return {
    path,
    async hurt(fault) {
      await heal();
      current = fault;
      await faults[fault].hurt();
    },
    heal,
    async remove() {
      await heal();
      run('umount', '--lazy', path);
      run('losetup', '--detach', device);
      run('umount', '--lazy', memory);
      await home.remove();
    },
  };
}

function run(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { encoding: 'utf8' });
}

/** Takes all room that there is. */
async function fill(file: string): Promise<void> {
  const { bavail, bsize } = await statfs(join(file, '..'));
  await writeFile(file, Buffer.alloc(bavail * bsize)).catch(() => undefined);
}
