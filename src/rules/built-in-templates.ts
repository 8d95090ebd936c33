import { type TemplateInput, type TemplateRule, templateSchema } from './schema.ts';

type Figures = readonly [name: string, shortSide: number, bitrateKbps: number, hevcName?: string];

/** ApsaraVideo Live's standard templates: height and the most that the pictures take, which of `lsd540` is ours. */
const STANDARD: readonly Figures[] = [
  ['lld', 360, 470],
  ['lsd', 432, 680],
  ['lsd540', 540, 1000, 'lsd265-540'],
  ['lhd', 648, 1500],
  ['lud', 1080, 2500],
];

/** Its narrowband templates, whose figures it does not publish: ours are the standard sizes with fewer bits. */
const NARROWBAND: readonly Figures[] = [
  ['ld', 360, 350],
  ['sd', 432, 510],
  ['hd', 648, 1100],
  ['ud', 1080, 1900],
];

/** HEVC needs about this share of what H.264 needs. */
const HEVC_SHARE = 0.65;

function standard([name, shortSide, bitrateKbps, hevcName = `${name}265`]: Figures): TemplateInput[] {
  const video = { shortSide, bitrateKbps };
  const video265 = { codec: 'h265', shortSide, bitrateKbps: Math.round(bitrateKbps * HEVC_SHARE) } as const;
  return [
    { name, video },
    { name: `${name}-ll`, video },
    { name: hevcName, video: video265 },
    { name: `${hevcName}-ll`, video: video265 },
  ];
}

function narrowband([name, shortSide, bitrateKbps]: Figures): TemplateInput {
  return { name, video: { shortSide, bitrateKbps }, latency: 'quality' };
}

/** The templates that are there without a rule, by name. */
export const BUILT_IN_TEMPLATES: ReadonlyMap<string, TemplateRule> = new Map(
  [...STANDARD.flatMap(standard), ...NARROWBAND.map(narrowband)].map((input) => {
    const template = templateSchema.parse(input);
    return [template.name, template];
  }),
);
