const NONE = '–';

/** Bits per second in the unit a person would use; a dash for what isn't known. */
export function formatBitrate(kbps: number | undefined): string {
  if (kbps === undefined || !Number.isFinite(kbps)) return NONE;
  return kbps >= 1000 ? `${(kbps / 1000).toFixed(kbps >= 10_000 ? 1 : 2)} Mbit/s` : `${Math.round(kbps)} kbit/s`;
}

/** Short times: `840 ms` below a second, then `2.1 s`. */
export function formatLatency(ms: number | undefined): string {
  if (ms === undefined || !Number.isFinite(ms)) return NONE;
  return Math.abs(ms) < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** Long times by their two largest units: `45 s`, `12 min 5 s`, `3 h 20 min`, `2 d 4 h`. */
export function formatDuration(seconds: number | undefined): string {
  if (seconds === undefined || !Number.isFinite(seconds)) return NONE;
  const whole = Math.max(0, Math.floor(seconds));
  const units: readonly [size: number, name: string][] = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
    [1, 's'],
  ];
  const first = units.findIndex(([size]) => whole >= size);
  if (first === -1) return '0 s';
  return units
    .slice(first, first + 2)
    .map(([size, name], index) => [Math.floor((index === 0 ? whole : whole % (units[first]?.[0] ?? 1)) / size), name])
    .filter(([count]) => count !== 0)
    .map(([count, name]) => `${count} ${name}`)
    .join(' ');
}

/** Decimal bytes, as networks count. */
export function formatBytes(bytes: number | undefined): string {
  if (bytes === undefined || !Number.isFinite(bytes)) return NONE;
  if (bytes < 1000) return `${Math.round(bytes)} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toFixed(1)} ${units[power - 1]}`;
}

/** A count with its noun: `1 viewer`, `3 viewers`. */
export function formatCount(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}

const CODEC_NAMES: readonly (readonly [RegExp, string])[] = [
  [/^avc|h\.?264/i, 'H.264'],
  [/^(hvc|hev)|h\.?265|hevc/i, 'H.265'],
  [/^av01|^av1/i, 'AV1'],
  [/^vp0?9/i, 'VP9'],
  [/^(mp4a\.40\.(34)|mp3)/i, 'MP3'],
  [/^mp4a|aac/i, 'AAC'],
  [/^opus/i, 'Opus'],
];

/** A codec as people say it: `avc1.64001f` is H.264; unknown ones stay as they are. */
export function codecName(codec: string | undefined): string {
  if (!codec) return NONE;
  return CODEC_NAMES.find(([pattern]) => pattern.test(codec))?.[1] ?? codec;
}
