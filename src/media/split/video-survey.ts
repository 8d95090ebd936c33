/** Times of a source's pictures in ticks of its own; a tick is `num / den` seconds. */
export type TimeBase = { readonly num: number; readonly den: number };

/** What must be known of a source to cut it: read from its packets, without decoding. */
export type VideoSurvey = {
  readonly codec: string;
  readonly timeBase: TimeBase;
  /** What a single pass takes off every time, so that the file begins at 0. */
  readonly startTicks: number;
  /** Where each key frame is shown, ascending. */
  readonly keyTicks: readonly number[];
  /** So many pictures are shown from each key frame to before the next; the first has those before it as well. */
  readonly pictures: readonly number[];
  /** Where the last picture ends. */
  readonly endTicks: number;
  /** Whether each packet is one picture that can be decoded: then the pictures of a piece can be counted. */
  readonly isCounted: boolean;
  /** Why this source is better made in one pass. */
  readonly unsplittable?: string;
};

type Packet = { readonly ticks: number; readonly durationTicks: number; readonly isKeyFrame: boolean };

const MAX_PACKETS = 20_000_000;

/** What `ffprobe` is asked for; its answer goes line by line into a SurveyReader. */
export function surveyArguments(open: (before: readonly string[]) => readonly string[]): string[] {
  const entries = 'stream=codec_name,time_base,field_order:packet=pts,duration,flags:format=start_time';
  return ['-v', 'error', '-select_streams', 'V:0', '-show_entries', entries, '-of', 'compact', ...open([])];
}

/** Gathers ffprobe's lines, such as `packet|pts=0|duration=512|flags=K_`. */
export class SurveyReader {
  readonly #packets: Packet[] = [];
  #untimed = 0;
  #stream: ReadonlyMap<string, string> | undefined;
  #startSeconds = 0;

  push(line: string): void {
    const [section = '', ...pairs] = line.split('|');
    const fields = new Map(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
    if (section === 'stream') this.#stream = fields;
    else if (section === 'format') this.#startSeconds = Number(fields.get('start_time')) || 0;
    else if (section === 'packet') this.#packet(fields);
  }

  /** Undefined where the source has no moving picture. */
  get survey(): VideoSurvey | undefined {
    if (!this.#stream) return undefined;
    const timeBase = timeBaseOf(this.#stream.get('time_base'));
    const sorted = [...this.#packets].sort((a, b) => a.ticks - b.ticks);
    const keyTicks = [...new Set(sorted.filter(({ isKeyFrame }) => isKeyFrame).map(({ ticks }) => ticks))];
    const order = this.#stream.get('field_order') ?? 'unknown';
    const last = sorted.at(-1);
    const unsplittable = this.#flaw(keyTicks.length);
    return {
      codec: this.#stream.get('codec_name') ?? 'unknown',
      timeBase,
      startTicks: Math.round((this.#startSeconds * timeBase.den) / timeBase.num),
      keyTicks,
      pictures: picturesByKey(sorted, keyTicks),
      endTicks: last ? last.ticks + last.durationTicks : 0,
      isCounted: ['progressive', 'unknown'].includes(order) && sorted[0]?.isKeyFrame === true,
      ...(unsplittable === undefined ? {} : { unsplittable }),
    };
  }

  #packet(fields: ReadonlyMap<string, string>): void {
    const flags = fields.get('flags') ?? '';
    // Decoded for others' sake, and never shown: what an edit list cuts off.
    if (flags.includes('D')) return;
    const ticks = Number(fields.get('pts'));
    if (!Number.isSafeInteger(ticks)) this.#untimed++;
    else if (this.#packets.length < MAX_PACKETS) {
      this.#packets.push({
        ticks,
        durationTicks: Number(fields.get('duration')) || 0,
        isKeyFrame: flags.startsWith('K'),
      });
    }
  }

  #flaw(keyFrames: number): string | undefined {
    if (this.#untimed > 0) return 'its pictures carry no times';
    if (this.#packets.length >= MAX_PACKETS) return `it has more than ${MAX_PACKETS} pictures`;
    if (keyFrames < 2) return 'it has one key frame only';
    return undefined;
  }
}

function picturesByKey(sorted: readonly Packet[], keyTicks: readonly number[]): number[] {
  const pictures = keyTicks.map(() => 0);
  let key = 0;
  for (const { ticks } of sorted) {
    while (ticks >= (keyTicks[key + 1] ?? Number.POSITIVE_INFINITY)) key++;
    pictures[key] = (pictures[key] ?? 0) + 1;
  }
  return pictures;
}

function timeBaseOf(text = ''): TimeBase {
  const [num = 0, den = 0] = text.split('/').map(Number);
  return num > 0 && den > 0 ? { num, den } : { num: 1, den: 90_000 };
}
