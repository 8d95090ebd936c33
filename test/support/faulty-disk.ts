import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, statfs, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { tempDir } from './temp-dir.ts';

const THROTTLE = '/sys/fs/cgroup/blkio/blkio.throttle.write_bps_device';
const DISK_BYTES = 64 * 1024 * 1024;
const ROOM_BYTES = 8 * 1024 * 1024;
/** Where a failing disk can still be read and written: what the file system keeps of itself, and the ballast behind it. */
const SOUND_BYTES = 7 * 1024 * 1024;
const BALLAST_BYTES = 6 * 1024 * 1024;
const INODES = 4096;
/** Tells a loop device how many bytes of its file it has: LOOP_GET_STATUS64, `lo_sizelimit`, LOOP_SET_STATUS64. */
const LIMIT = `open(my $device, '+<', $ARGV[0]) or die $!; my $info = "\\0" x 232;
  ioctl($device, 0x4C05, $info) or die $!; substr($info, 32, 8) = pack('Q', $ARGV[1]);
  ioctl($device, 0x4C04, $info) or die $!`;

/** What can be wrong with a disk: there is no room, it is slow, it hangs, or it has I/O errors. */
export type DiskFault = 'full' | 'slow' | 'hanging' | 'failing';

/** A small disk of its own, on which writing can go wrong and be well again. */
export type FaultyDisk = {
  readonly path: string;
  hurt(fault: DiskFault): Promise<void>;
  heal(): Promise<void>;
  /** Lets the next one who reads a file read it from the disk; one that has gone meanwhile has nothing to forget. */
  forget(file: string): void;
  remove(): Promise<void>;
};

/**
 * A file system in a file that lies in memory, so that it is the kernel that fails: writes of a hanging disk wait, those of
 * a slow one get `slowBytesPerSecond`, and behind its beginning a failing one can neither be read nor written.
 */
export async function faultyDisk(slowBytesPerSecond = 20_000): Promise<FaultyDisk> {
  const home = await tempDir('disk');
  const [memory, path] = [join(home.path, 'memory'), join(home.path, 'disk')];
  const image = join(memory, 'image');
  await Promise.all([mkdir(memory), mkdir(path)]);
  run('mount', '-t', 'tmpfs', '-o', `size=${DISK_BYTES + ROOM_BYTES}`, 'tmpfs', memory);
  await writeFile(image, '');
  await truncate(image, DISK_BYTES);
  run('mkfs.ext4', '-q', '-b', '4096', '-N', String(INODES), '-O', '^has_journal', '-E', 'nodiscard', image);
  const device = run('losetup', '--find', '--show', image).trim();
  const number = readFileSync(`/sys/block/${basename(device)}/dev`, 'utf8').trim();
  run('mount', device, path);
  run('fallocate', '--length', String(BALLAST_BYTES), join(path, 'ballast'));
  const limit = (bytes: number) => run('perl', '-e', LIMIT, device, String(bytes));
  const throttle = (bytesPerSecond: number) => writeFile(THROTTLE, `${number} ${bytesPerSecond}`);
  const filler = join(path, 'filler');

  const faults: Readonly<Record<DiskFault, { hurt(): unknown; heal(): unknown }>> = {
    full: { hurt: () => fill(filler), heal: () => rm(filler) },
    slow: { hurt: () => throttle(slowBytesPerSecond), heal: () => throttle(0) },
    hanging: { hurt: () => run('fsfreeze', '--freeze', path), heal: () => run('fsfreeze', '--unfreeze', path) },
    failing: { hurt: () => limit(SOUND_BYTES), heal: () => limit(0) },
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
    forget(file) {
      try {
        run('dd', `if=${file}`, 'iflag=nocache', 'count=0', 'status=none');
      } catch (error) {
        if (existsSync(file)) throw error;
      }
    },
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
