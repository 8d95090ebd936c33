/** One small picture of the stream's past: the part of a sheet that shows it. */
export type SpriteTile = {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly url: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
};

/**
 * Reads the server's WebVTT; undefined where it is none.
 *
 * @param otherwiseMs what cues count from where the head names no wall clock: 0 for what isn't live; without it that is none
 */
export function readSprite(text: string, base: string, otherwiseMs = Number.NaN): SpriteTile[] | undefined {
  const [head = '', ...blocks] = text
    .replaceAll('\r\n', '\n')
    .trim()
    .split(/\n{2,}/);
  const named = /^STREAM-START: (\S+)$/m.exec(head)?.[1];
  const startMs = named === undefined ? otherwiseMs : Date.parse(named);
  if (!head.startsWith('WEBVTT') || Number.isNaN(startMs)) return undefined;
  return blocks.flatMap((block) => readCue(block, startMs, base));
}

function readCue(block: string, startMs: number, base: string): SpriteTile[] {
  const [times = '', address = ''] = block.split('\n');
  const [from, until] = times.split(' --> ').map(readTime);
  const [, path, x, y, width, height] = /^(.+)#xywh=(\d+),(\d+),(\d+),(\d+)$/.exec(address) ?? [];
  if (from === undefined || until === undefined || !path || !URL.canParse(path, base)) return [];
  const place = { x: Number(x), y: Number(y), width: Number(width), height: Number(height) };
  return [{ fromMs: startMs + from, untilMs: startMs + until, url: new URL(path, base).href, ...place }];
}

function readTime(time: string): number | undefined {
  const [, hours = '0', minutes, seconds] =
    /^(?:(\d+):)?(\d\d):(\d\d\.\d{3})$/.exec(time.trim().split(' ')[0] ?? '') ?? [];
  if (seconds === undefined) return undefined;
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
}

/** The tile of a moment; of one that is younger than all tiles, the newest, where that is not long ago. */
export function tileAt(tiles: readonly SpriteTile[], wallMs: number): SpriteTile | undefined {
  const tile = tiles.findLast(({ fromMs }) => fromMs <= wallMs) ?? tiles[0];
  if (!tile) return undefined;
  const lengthMs = tile.untilMs - tile.fromMs;
  return wallMs < tile.untilMs + 2 * lengthMs && wallMs > tile.fromMs - lengthMs ? tile : undefined;
}

/** Of two tiles that stand for a moment, the one that was taken nearer to it. */
export function nearerTile(
  one: SpriteTile | undefined,
  other: SpriteTile | undefined,
  wallMs: number,
): SpriteTile | undefined {
  if (!one || !other) return one ?? other;
  return Math.abs(one.fromMs - wallMs) <= Math.abs(other.fromMs - wallMs) ? one : other;
}
