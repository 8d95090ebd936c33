import { Fields, refused } from '../media/index.ts';

/** Cells of sheets, in pixels. */
export type SheetCells = {
  readonly cellWidth?: number;
  readonly cellHeight?: number;
  readonly columns?: number;
  readonly lines?: number;
};

/** Which pictures of an asset: some of its moments, or a moving one. Plain JSON. */
export type AssetPictures =
  | {
      readonly kind: 'snapshots';
      /** In seconds; else `count` of them from `fromSeconds` on. */
      readonly times?: readonly number[];
      readonly fromSeconds: number;
      readonly count: number;
      /** 0: evenly over the whole length. */
      readonly intervalSeconds: number;
      readonly width?: number;
      readonly height?: number;
      /** Sheets of small pictures as well. */
      readonly sheets?: SheetCells;
    }
  | {
      readonly kind: 'animation';
      readonly format: 'gif' | 'webp';
      readonly fps?: number;
      readonly width?: number;
      readonly height?: number;
      readonly seekSeconds: number;
      readonly durationSeconds: number;
    };

export type AssetSnapshots = Extract<AssetPictures, { kind: 'snapshots' }>;

const SIDE = { min: 8, max: 4096, whole: true } as const;
const SECONDS = { min: 0, max: 1_000_000 } as const;
const MOST_SNAPSHOTS = 2_147;
const DEFAULT_ANIMATION_SECONDS = 5;

/** Reads a template of VOD, `TemplateType` with its `TemplateConfig`; throws TEMPLATE_INVALID, which names the field. */
export function parseAssetPictures(json: unknown): AssetPictures {
  const fields = new Fields('', json);
  const type = fields.choice('TemplateType', { Snapshot: 'snapshot', DynamicImage: 'animation' });
  const config = fields.part('TemplateConfig');
  fields.end();
  if (type === undefined) throw refused('TemplateType', 'is missing', 'Write Snapshot or DynamicImage.');
  if (config === undefined) throw refused('TemplateConfig', 'is missing', 'Say which pictures.');
  return type === 'snapshot' ? snapshotTemplate(config) : animationTemplate(config);
}

function snapshotTemplate(config: Fields): AssetSnapshots {
  const isSheet = config.choice('SnapshotType', { NormalSnapshot: false, CoverSnapshot: false, SpriteSnapshot: true });
  const snapshots = snapshotsOf(config.part('SnapshotConfig') ?? new Fields(config.name('SnapshotConfig'), {}));
  const sheets = config.part('SpriteSnapshotConfig');
  config.end();
  return { ...snapshots, ...((sheets || isSheet) && { sheets: sheets ? sheetsOf(sheets) : {} }) };
}

/** `Count`, `Interval`, `SpecifiedOffsetTime(s)`, `Width`, `Height`, as a template has them and as a job is asked with them. */
export function snapshotsOf(fields: Fields): AssetSnapshots {
  const count = fields.whole('Count', 1, MOST_SNAPSHOTS) ?? 1;
  const intervalSeconds = fields.number('Interval', SECONDS) ?? 1;
  const fromMs = fields.whole('SpecifiedOffsetTime', 0, 1e9) ?? 0;
  const times = timesOf(fields);
  const [width, height] = [fields.number('Width', SIDE), fields.number('Height', SIDE)];
  fields.choice('FrameType', { normal: true, intra: true });
  const sheets = fields.part('SpriteSnapshotConfig');
  fields.end();
  return {
    ...{ kind: 'snapshots', fromSeconds: fromMs / 1000, count, intervalSeconds },
    ...(times && { times }),
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
    ...(sheets && { sheets: sheetsOf(sheets) }),
  };
}

function timesOf(fields: Fields): number[] | undefined {
  const given = fields.raw('SpecifiedOffsetTimes');
  if (given === undefined) return undefined;
  const times = Array.isArray(given) ? given.map(Number) : [];
  if (times.length >= 1 && times.length <= 30 && times.every((ms) => ms >= 0)) return times.map((ms) => ms / 1000);
  throw refused(fields.name('SpecifiedOffsetTimes'), 'must be 1 to 30 times in milliseconds', 'Correct it.');
}

function sheetsOf(fields: Fields): SheetCells {
  const [cellWidth, cellHeight] = [fields.number('CellWidth', SIDE), fields.number('CellHeight', SIDE)];
  const [columns, lines] = [fields.whole('Columns', 1, 100), fields.whole('Lines', 1, 100)];
  for (const name of ['Padding', 'Margin', 'Color', 'KeepCellPic']) fields.raw(name);
  fields.end();
  return {
    ...(cellWidth !== undefined && { cellWidth }),
    ...(cellHeight !== undefined && { cellHeight }),
    ...(columns !== undefined && { columns }),
    ...(lines !== undefined && { lines }),
  };
}

function animationTemplate(config: Fields): AssetPictures {
  const container = config.part('Container');
  const format = container?.choice('Format', { gif: 'gif', webp: 'webp' } as const) ?? 'gif';
  container?.end();
  const video = config.part('Video');
  const fps = video?.number('Fps', { min: 1, max: 60 });
  const [width, height] = [video?.number('Width', SIDE), video?.number('Height', SIDE)];
  for (const name of ['LongShortMode', 'ScanMode', 'Analyzeduration']) video?.raw(name);
  video?.end();
  const clip = config.part('Clip')?.part('TimeSpan');
  const seekSeconds = clip?.number('Seek', SECONDS) ?? 0;
  const durationSeconds = clip?.number('Duration', { min: 0.1, max: 60 }) ?? DEFAULT_ANIMATION_SECONDS;
  clip?.end();
  config.end();
  return {
    ...{ kind: 'animation', format, seekSeconds, durationSeconds },
    ...(fps !== undefined && { fps }),
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
  };
}
