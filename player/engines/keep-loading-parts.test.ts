import { once } from 'node:events';
import Hls, {
  ChunkMetadata,
  type Loader,
  type LoaderCallbacks,
  type LoaderConfiguration,
  LoadStats,
  type Part,
  type PlaylistLoaderContext,
} from 'hls.js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keepLoadingParts } from './keep-loading-parts.ts';

const { Events } = Hls;
const MULTIVARIANT = '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000000\nlive.m3u8\n';
const HEAD = `#EXTM3U
#EXT-X-TARGETDURATION:2
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=3
#EXT-X-PART-INF:PART-TARGET=0.98
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-MAP:URI="init.mp4"
#EXTINF:2,
0.m4s
`;
/** Of the segment that begins at 2 s: two parts, and a short last one. */
const DURATIONS_S = [0.98, 0.98, 0.04];

/** The playlist once so many parts of the second segment are there. */
function playlistOf(parts: number): string {
  const tags = DURATIONS_S.slice(0, parts).map((seconds, index) => {
    const isIndependent = index === 0 ? ',INDEPENDENT=YES' : '';
    return `#EXT-X-PART:DURATION=${seconds},URI="1.${index}.m4s"${isIndependent}\n`;
  });
  return `${HEAD}${tags.join('')}${parts === DURATIONS_S.length ? '#EXTINF:2,\n1.m4s\n' : ''}`;
}

/** Where hls.js waits for the next playlist. */
let onText: ((text: string) => void) | undefined;
const asked = new EventTarget();

class GivenPlaylists implements Loader<PlaylistLoaderContext> {
  readonly stats = new LoadStats();
  context: PlaylistLoaderContext | null = null;
  load(
    context: PlaylistLoaderContext,
    _config: LoaderConfiguration,
    { onSuccess }: LoaderCallbacks<PlaylistLoaderContext>,
  ): void {
    this.context = context;
    const { url } = context;
    onText = (data) => onSuccess({ url, data, code: 200 }, this.stats, context, null);
    asked.dispatchEvent(new Event('asked'));
  }
  abort(): void {}
  destroy(): void {}
}

let hls: Hls;
/** What the video element has, in seconds. */
let bufferedS: [number, number][];

beforeEach(async () => {
  // As much of a browser as playlists need.
  vi.stubGlobal('self', globalThis);
  vi.stubGlobal('location', { href: 'http://test/' });
  onText = undefined;
  bufferedS = [];
  hls = new Hls({ pLoader: GivenPlaylists, enableWorker: false });
  const buffered = {
    get length() {
      return bufferedS.length;
    },
    start: (index: number) => bufferedS[index]![0],
    end: (index: number) => bufferedS[index]![1],
  };
  Object.defineProperty(hls, 'media', { value: { buffered } });
  keepLoadingParts(hls, Events);
  hls.loadSource('http://test/show.m3u8');
  await give(MULTIVARIANT, Events.MANIFEST_PARSED);
});
afterEach(() => {
  hls.destroy();
  vi.unstubAllGlobals();
});

/** Lets hls.js have a playlist, and have done with it. */
async function give(text: string, done = Events.LEVEL_UPDATED): Promise<void> {
  if (!onText) await once(asked, 'asked');
  const taken = new Promise<void>((resolve) => hls.once(done, () => resolve()));
  const answer = onText;
  onText = undefined;
  answer?.(text);
  await taken;
}

const partsOf = () => hls.latestLevelDetails?.partList ?? [];

/** As hls.js does it when a part was parsed. */
function parse(part: Part): void {
  const { fragment: frag, start: startPTS, end: endPTS } = part;
  const info = () => ({ startPTS, endPTS, startDTS: startPTS, endDTS: endPTS, partial: true });
  part.elementaryStreams.video = info();
  frag.elementaryStreams.video = { ...info(), partial: false };
  hls.trigger(Events.FRAG_PARSED, { frag, part, chunkMeta: new ChunkMetadata(frag.level, frag.sn, 1) });
}

describe('a segment with a part that is missing', () => {
  const isPartial = () => partsOf()[0]?.fragment.elementaryStreams.video?.partial;

  it('is partial while the part after the one that came is listed, and whole with the last', async () => {
    await give(playlistOf(2));
    parse(partsOf()[0]!);
    expect(isPartial()).toBe(true);
    parse(partsOf()[1]!);
    expect(isPartial()).toBe(false);
    await give(playlistOf(3));
    expect(isPartial()).toBe(true);
    parse(partsOf()[2]!);
    expect(isPartial()).toBe(false);
    parse(partsOf()[1]!);
    expect(isPartial()).toBe(false);
  });
});

describe('a part that hls.js forgot', () => {
  const gaps = () => partsOf().map(({ gap }) => gap);

  it('is not waited for where the buffer has it', async () => {
    await give(playlistOf(1));
    parse(partsOf()[0]!);
    bufferedS = [[0, 2.97]];
    partsOf()[0]!.clearElementaryStreamInfo();
    await give(playlistOf(2));
    expect(gaps()).toEqual([true, false]);
  });

  it('is waited for where the buffer has too little of it', async () => {
    bufferedS = [[0, 2.7]];
    await give(playlistOf(1));
    expect(gaps()).toEqual([false]);
  });

  it('is no gap as long as it is known', async () => {
    await give(playlistOf(1));
    parse(partsOf()[0]!);
    bufferedS = [[0, 2.98]];
    await give(playlistOf(2));
    expect(gaps()).toEqual([false, false]);
  });
});
