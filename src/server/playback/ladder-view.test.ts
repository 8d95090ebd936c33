import { describe, expect, it } from 'vitest';
import { compileRules } from '../../rules/index.ts';
import type { RenditionForecast } from '../../transcode/index.ts';
import { hasAny, ladderViewOf, playedOf } from './ladder-view.ts';
import { ReportedPlaylists } from './reported-playlists.ts';
import { describeVariants } from './variants.ts';

const idOf = (name: string) => ({ domain: 'default', app: 'live', name });

const forecast = (template: string, height: number, changed: Partial<RenditionForecast> = {}): RenditionForecast => ({
  template,
  id: idOf(`demo_${template}`),
  isAvailable: true,
  codecs: ['avc1.64001e', 'mp4a.40.2'],
  resolution: { width: (height * 16) / 9, height },
  frameRate: 30,
  peakBitrate: height * 2000,
  averageBitrate: height * 1500,
  ...changed,
});

const RENDITIONS = [forecast('lld', 360), forecast('lhd', 720), forecast('av1', 540, { codecs: ['av01.0.04M.08'] })];

function door(live: readonly string[] = [], renditions = RENDITIONS) {
  const compiled = compileRules({
    streams: [{ match: { stream: 'demo' }, transcode: { templates: ['lld', 'lhd'], groups: ['all', 'low'] } }],
    templateGroups: [
      { name: 'all', templates: ['lhd', 'lld'] },
      { name: 'low', templates: ['lld', 'lsd'], source: false },
    ],
  });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.errors));
  const registry = { find: ({ name }: { name: string }) => (live.includes(name) ? {} : undefined) };
  return {
    rules: () => compiled.compiled,
    registry: registry as never,
    renditionsOf: ({ name }: { name: string }) => (name === 'demo' ? renditions : []),
  };
}

const foldersOf = (name: string, live?: readonly string[]) => {
  const { owner, variants } = ladderViewOf(door(live), idOf(name));
  return [owner.name, ...variants.map(({ folder }) => folder)];
};

describe('ladderViewOf', () => {
  it.each<[string, string, readonly string[], readonly string[]]>([
    ['a stream with renditions', 'demo', ['demo', '', 'lld/', 'lhd/', 'av1/'], []],
    ['a stream without', 'other', ['other', ''], []],
    ['a group with the source', 'demo_all', ['demo', '', 'lld/', 'lhd/'], []],
    ['a group without, of which one is made', 'demo_low', ['demo', 'lld/'], []],
    ['a rendition alone', 'demo_lld', ['demo_lld', ''], []],
    ['a stream that has the name of a group', 'demo_all', ['demo_all', ''], ['demo_all']],
    ['a group that the stream does not have', 'other_all', ['other_all', ''], []],
  ])('%s', (_what, name, expected, live) => {
    expect(foldersOf(name, live)).toEqual(expected);
  });
});

describe('hasAny', () => {
  it('says whether anything of a view can be had now', () => {
    const shed = [forecast('lld', 360, { isAvailable: false })];
    expect(hasAny(ladderViewOf(door([], shed), idOf('demo_low')))).toBe(false);
    expect(hasAny(ladderViewOf(door([], []), idOf('demo_low')))).toBe(false);
    expect(hasAny(ladderViewOf(door([], shed), idOf('demo_all')))).toBe(true);
  });
});

describe('playedOf', () => {
  it('gives the addresses of the others as seen from each', () => {
    const view = ladderViewOf(door(), idOf('demo_all'));
    expect(playedOf(view, '')).toEqual({
      id: idOf('demo'),
      owner: idOf('demo'),
      siblings: [
        { uri: 'lld/live.m3u8', id: idOf('demo_lld') },
        { uri: 'lhd/live.m3u8', id: idOf('demo_lhd') },
      ],
    });
    expect(playedOf(view, 'lhd')?.siblings.map(({ uri }) => uri)).toEqual(['../live.m3u8', '../lld/live.m3u8']);
    expect(playedOf(view, 'av1')).toBeUndefined();
    expect(playedOf(ladderViewOf(door(), idOf('demo_low')), '')).toBeUndefined();
  });
});

describe('describeVariants', () => {
  const described = (container: 'fmp4' | 'ts', renditions = RENDITIONS) =>
    describeVariants({
      view: ladderViewOf(door([], renditions), idOf('demo')),
      container,
      hasNoCaptions: true,
      packagerOf: () => undefined,
      uriOf: ({ folder }) => `~t/${folder}live.m3u8`,
    });

  it('begins with the source and goes on from the best to the least', () => {
    const variants = described('fmp4').map(({ stableId, score, uri }) => [stableId, score, uri]);
    expect(variants).toEqual([
      ['_source', 4, '~t/live.m3u8'],
      ['lhd', 3, '~t/lhd/live.m3u8'],
      ['av1', 2, '~t/av1/live.m3u8'],
      ['lld', 1, '~t/lld/live.m3u8'],
    ]);
    expect(described('fmp4').every(({ hasNoCaptions }) => hasNoCaptions)).toBe(true);
  });

  it('leaves out what the container cannot carry, and what cannot be had now', () => {
    expect(described('ts').map(({ stableId }) => stableId)).toEqual(['_source', 'lhd', 'lld']);
    const shed = [forecast('lld', 360), forecast('lhd', 720, { isAvailable: false })];
    expect(described('fmp4', shed).map(({ stableId }) => stableId)).toEqual(['_source', 'lld']);
  });

  it('says nothing of scores where there is one variant only', () => {
    expect(described('fmp4', [])).toEqual([{ uri: '~t/live.m3u8', codecs: [], peakBitrate: 0, averageBitrate: 0 }]);
  });
});

describe('ReportedPlaylists', () => {
  it('gives the same object for the same text and reports, and the text itself where there are none', () => {
    const playlists = new ReportedPlaylists();
    const text = new TextEncoder().encode('#EXTM3U\n');
    const report = { uri: '../live.m3u8', lastMsn: 7, lastPart: 2 };
    const whole = playlists.with(text, [report]);
    expect(new TextDecoder().decode(whole)).toBe(
      '#EXTM3U\n#EXT-X-RENDITION-REPORT:URI="../live.m3u8",LAST-MSN=7,LAST-PART=2\n',
    );
    expect(playlists.with(text, [{ ...report }])).toBe(whole);
    expect(playlists.with(text, [{ ...report, lastPart: 3 }])).not.toBe(whole);
    expect(playlists.with(text, [])).toBe(text);
  });
});
