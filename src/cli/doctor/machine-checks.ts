import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { findFfmpeg } from '../../app/index.ts';
import { type Check, fail, ok, warn } from './check.ts';

const OLDEST_NODE = [20, 19] as const;
/** Before this release was made; a machine without a clock battery starts in 1970 or 2000. */
const EARLIEST_MS = Date.UTC(2025, 0, 1);
const NEEDED_ENCODERS = ['libx264', 'aac'];

/** @param version as in `process.versions.node` */
export function nodeCheck(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isNew = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
  if (isNew) return ok('node', `Node.js ${version}`);
  return fail('node', `Node.js ${version} is too old`, `Install Node.js ${OLDEST_NODE.join('.')} or newer.`);
}

export function ffmpegCheck(configured: string | null): Check {
  const found = findFfmpeg(configured ?? undefined);
  if (found === undefined) {
    const what = configured === null ? 'no FFmpeg found' : `${configured} is no FFmpeg that runs`;
    const remedy = 'Install it (apt install ffmpeg), or set ffmpegPath; without it streams only pass through.';
    return warn('ffmpeg', what, remedy);
  }
  const options = { encoding: 'utf8', timeout: 10_000 } as const;
  const { stdout } = spawnSync(found.path, ['-hide_banner', '-encoders'], options);
  const missing = missingEncoders(stdout ?? '');
  const name = `FFmpeg ${found.version} (${found.path})`;
  if (missing.length === 0) return ok('ffmpeg', `${name} with ${NEEDED_ENCODERS.join(' and ')}`);
  return warn('ffmpeg', `${name} lacks ${missing.join(' and ')}`, 'Install a build with them to transcode.');
}

/** @param listing what `ffmpeg -encoders` prints */
export function missingEncoders(listing: string): string[] {
  const names = new Set(listing.split('\n').map((line) => /^\s[VAS][A-Z.]{5}\s+(\S+)/.exec(line)?.[1]));
  return NEEDED_ENCODERS.filter((name) => !names.has(name));
}

/** `differenceMs`: the running server's clock minus this process's, where one runs. */
export function clockCheck(nowMs: number, differenceMs: number): Check {
  const now = new Date(nowMs).toISOString();
  const remedy = 'Set the clock, and keep it with NTP (systemd-timesyncd, chrony): signatures depend on it.';
  if (nowMs < EARLIEST_MS) return fail('clock', `the clock says ${now}`, remedy);
  if (Math.abs(differenceMs) > 3000) {
    return fail('clock', `the server's clock is ${Math.round(differenceMs / 1000)} s off this machine's`, remedy);
  }
  return isUnsynchronised() ? warn('clock', `${now}, not kept by NTP`, remedy) : ok('clock', now);
}

/** Only what systemd says for certain; in containers nobody knows. */
function isUnsynchronised(): boolean {
  if (!existsSync('/run/systemd/system')) return false;
  const args = ['show', '--property=NTPSynchronized', '--value'];
  const { stdout } = spawnSync('timedatectl', args, { encoding: 'utf8', timeout: 3000 });
  return stdout?.trim() === 'no';
}

/** @param hosts that doors listen on */
export function ipv6Check(hosts: readonly string[]): Check {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const hasIpv6 = existsSync('/proc/net/if_inet6')
    ? readFileSync('/proc/net/if_inet6', 'utf8').trim() !== ''
    : addresses.some(({ family }) => family === 'IPv6');
  if (hasIpv6) return ok('ipv6', 'this machine has IPv6');
  const narrow = hosts.filter((host) => host.includes(':') && host !== '::');
  if (narrow.length === 0) return ok('ipv6', 'this machine has no IPv6; doors on :: listen on IPv4');
  return fail('ipv6', `this machine has no IPv6 for ${narrow.join(', ')}`, 'Listen on 0.0.0.0 or an IPv4 address.');
}
