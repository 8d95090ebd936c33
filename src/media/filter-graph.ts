import type { OutputPlan } from './output-plan.ts';
import { type Source, turnFilters } from './source.ts';

/** What is drawn on the pictures of one output: filters from one label of the graph to another. */
export type Drawing = (from: string, to: string, prefix: string) => readonly string[];

export type GraphOutput = { readonly plan: OutputPlan; readonly drawing?: Drawing | undefined };

export type Graph = {
  /** For `-filter_complex`; empty where nothing is filtered. */
  readonly text: string;
  /** What to map for each output's pictures and sound. */
  readonly maps: readonly { readonly video?: string; readonly audio?: string }[];
};

const USUAL_FPS = 25;

/**
 * The way from inputs to outputs: each input is decoded once.
 *
 *     input 0 --+
 *     input 1 --+-- concat -- turn -- split --+-- output 0: rate, size, marks
 *     ...                                     +-- output 1: ...
 */
export function filterGraph(sources: readonly Source[], outputs: readonly GraphOutput[], rotate: number): Graph {
  const [first] = sources;
  if (!first) return { text: '', maps: [] };
  const joined = sources.length > 1 ? concat(sources) : undefined;
  const encoded = outputs.flatMap(({ plan, drawing }, index) =>
    typeof plan.video === 'object' ? [{ index, pictures: plan.video, template: plan.template, drawing }] : [],
  );
  const sounds = outputs.flatMap(({ plan }, index) => (plan.audio === 'encode' ? [index] : []));
  const turned = turnFilters(rotate, first.shown);
  const from = joined ? '[jv]' : `[0:${first.video?.index ?? 0}]`;
  const chains = [
    ...(joined ?? []),
    ...(encoded.length > 0
      ? [
          `${from}${[...turned, `split=${encoded.length}`].join(',')}${encoded.map(({ index }) => `[s${index}]`).join('')}`,
        ]
      : []),
    ...encoded.flatMap(({ index, pictures, template, drawing }) => {
      const palette = template.container === 'gif' && template.gif?.hasPalette !== false;
      const end = palette ? `[p${index}]` : `[v${index}]`;
      const filters = pictures.filters.length > 0 ? pictures.filters.join(',') : 'null';
      const drawn = drawing
        ? [`[s${index}]${filters}[b${index}]`, ...drawing(`[b${index}]`, end, `m${index}_`)]
        : [`[s${index}]${filters}${end}`];
      return palette ? [...drawn, paletteChain(index, template.gif?.dither)] : drawn;
    }),
    ...(joined && sounds.length > 0
      ? [`[ja]asplit=${sounds.length}${sounds.map((index) => `[a${index}]`).join('')}`]
      : []),
    // What is joined must go somewhere.
    ...(joined && encoded.length === 0 && first.video ? ['[jv]nullsink'] : []),
    ...(joined && sounds.length === 0 && first.audio ? ['[ja]anullsink'] : []),
  ];
  const maps = outputs.map(({ plan }, index) => ({
    ...(plan.video === 'copy' ? { video: `0:${first.video?.index}` } : {}),
    ...(typeof plan.video === 'object' ? { video: `[v${index}]` } : {}),
    ...(plan.audio === undefined ? {} : { audio: joined ? `[a${index}]` : `0:${first.audio?.index}` }),
  }));
  return { text: chains.join(';'), maps };
}

function paletteChain(index: number, dither = 'sierra2_4a'): string {
  const [all, some, palette] = [`pa${index}`, `pb${index}`, `pp${index}`];
  const made = `[${some}]palettegen=stats_mode=diff[${palette}]`;
  return `[p${index}]split[${all}][${some}];${made};[${all}][${palette}]paletteuse=dither=${dither}[v${index}]`;
}

/** One after the other, all in the size, rate and sound of the first. Silence and black stand for what a part lacks. */
function concat(sources: readonly Source[]): string[] {
  const [first] = sources;
  if (!first) return [];
  const { width, height } = first.shown;
  const fps = Math.min(60, first.video?.fps ?? USUAL_FPS);
  const rate = first.audio?.sampleRate ?? 48_000;
  const parts = sources.map((source, index) => {
    const seconds = (source.durationSeconds ?? 1).toFixed(3);
    const size = `${width}:${height}`;
    const fitted = `scale=${size}:force_original_aspect_ratio=decrease:force_divisible_by=2,setsar=1,pad=${size}:-1:-1`;
    const picture = source.video
      ? `[${index}:${source.video.index}]${fitted},fps=${fps},format=yuv420p[jv${index}]`
      : `color=black:size=${width}x${height}:rate=${fps}:duration=${seconds},format=yuv420p[jv${index}]`;
    const layout = 'aformat=sample_fmts=fltp:channel_layouts=stereo';
    const sound = source.audio
      ? `[${index}:${source.audio.index}]aresample=${rate}:async=1,${layout}[ja${index}]`
      : `anullsrc=r=${rate}:cl=stereo,atrim=duration=${seconds},${layout}[ja${index}]`;
    return { picture: first.video ? [picture] : [], sound: first.audio ? [sound] : [], index };
  });
  const labels = parts.map(({ index }) => `${first.video ? `[jv${index}]` : ''}${first.audio ? `[ja${index}]` : ''}`);
  const [v, a] = [first.video ? 1 : 0, first.audio ? 1 : 0];
  const ends = `${first.video ? '[jv]' : ''}${first.audio ? '[ja]' : ''}`;
  return [
    ...parts.flatMap(({ picture, sound }) => [...picture, ...sound]),
    `${labels.join('')}concat=n=${sources.length}:v=${v}:a=${a}${ends}`,
  ];
}
