import { Fields, type MediaTarget, refused } from '../media/index.ts';
import { targetOf } from './places.ts';

/** What SubmitSnapshotJob asks for, in our words: plain JSON. Times in seconds. */
export type MpsSnapshot = {
  readonly moments: {
    readonly times?: readonly number[];
    readonly startSeconds?: number;
    readonly intervalSeconds?: number;
    readonly count?: number;
  };
  readonly frameType: 'normal' | 'intra';
  readonly width?: number;
  readonly height?: number;
  readonly output: MediaTarget;
  /** Sheets of small pictures instead of, or beside, the pictures themselves. */
  readonly tiles?: {
    readonly cellWidth?: number;
    readonly cellHeight?: number;
    readonly columns?: number;
    readonly lines?: number;
    readonly padding?: number;
    readonly margin?: number;
    readonly color?: string;
    readonly keepsCells: boolean;
    readonly output: MediaTarget;
  };
  /** Small pictures with the WebVTT that says which is when. */
  readonly isVtt: boolean;
};

const DEFAULT_INTERVAL_SECONDS = 10;
const MOST_PICTURES = 10_000;

/** Reads SnapshotConfig, an object or its JSON. Throws TEMPLATE_INVALID, which names the field. */
export function parseSnapshot(json: unknown): MpsSnapshot {
  const fields = new Fields('SnapshotConfig', json);
  const file = fields.part('OutputFile');
  if (!file) throw refused(fields.name('OutputFile'), 'is missing', 'Name bucket and object.');
  const output = targetOf(file);
  file.raw('RoleArn');
  file.end();
  const [width, height] = [sizeOf(fields, 'Width'), sizeOf(fields, 'Height')];
  const frameType = fields.choice('FrameType', { normal: 'normal', intra: 'intra' } as const) ?? 'normal';
  const isVtt = fields.choice('Format', { vtt: true, jpg: false, image: false }) ?? false;
  const moments = momentsOf(fields);
  const isMany = (moments.count ?? moments.times?.length ?? Number.POSITIVE_INFINITY) > 1;
  if (isMany && !isVtt && !output.object.includes('{Count}')) {
    throw refused(fields.name('OutputFile.Object'), 'has no {Count} for several pictures', 'Write {Count} into it.');
  }
  const tiles = tilesOf(fields);
  fields.raw('SubOut');
  for (const name of ['BlackLevel', 'PixelBlackThreshold']) fields.raw(name);
  fields.end();
  return {
    ...{ moments, frameType, output, isVtt },
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
    ...(tiles && { tiles }),
  };
}

/** `Time` alone is one picture; with Interval or Num it is where several begin. */
function momentsOf(fields: Fields): MpsSnapshot['moments'] {
  const startMs = fields.whole('Time', 0, 1e9);
  const interval = fields.number('Interval', { min: 0, max: 1e6 });
  const count = fields.whole('Num', 1, MOST_PICTURES);
  const list = fields.part('TimeArray')?.raw('TimePointList');
  if (list !== undefined) return { times: timesOf(fields, list) };
  if (interval === undefined && count === undefined) return { times: [(startMs ?? 0) / 1000] };
  return {
    ...{ startSeconds: (startMs ?? 0) / 1000 },
    ...(interval === 0 ? {} : { intervalSeconds: interval ?? DEFAULT_INTERVAL_SECONDS }),
    ...(count !== undefined && { count }),
  };
}

function timesOf(fields: Fields, list: unknown): readonly number[] {
  const times = Array.isArray(list) ? list.map((ms) => Number(ms) / 1000) : [];
  if (times.length > 0 && times.length <= MOST_PICTURES && times.every((each) => each >= 0)) return times;
  throw refused(fields.name('TimeArray.TimePointList'), 'must be a list of times in ms', 'Write [1000,5000].');
}

function tilesOf(fields: Fields): MpsSnapshot['tiles'] {
  const [tile, file] = [fields.part('TileOut'), fields.part('TileOutputFile')];
  if (!tile) return undefined;
  if (!file) throw refused(fields.name('TileOutputFile'), 'is missing', 'Name bucket and object of the sheets.');
  const output = targetOf(file);
  file.raw('RoleArn');
  file.end();
  const given = {
    ...{ cellWidth: tile.whole('CellWidth', 8, 4096), cellHeight: tile.whole('CellHeight', 8, 4096) },
    ...{ columns: tile.whole('Columns', 1, 100), lines: tile.whole('Lines', 1, 100) },
    ...{ padding: tile.whole('Padding', 0, 1000), margin: tile.whole('Margin', 0, 1000) },
    color: colorOf(tile),
  };
  tile.refuse('CellSelStep', 'is not done here', 'Choose the interval instead.');
  const keepsCells = tile.flag('IsKeepCellPic') ?? true;
  tile.end();
  const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...known, keepsCells, output };
}

function colorOf(fields: Fields): string | undefined {
  const name = fields.text('Color')?.replace(/^(#|0x)/i, '');
  if (name === undefined || name.toLowerCase() === 'random') return undefined;
  const hex = { black: '000000', white: 'FFFFFF' }[name.toLowerCase()] ?? name;
  if (/^[0-9a-f]{6}$/i.test(hex)) return hex;
  throw refused(fields.name('Color'), 'must be RRGGBB', 'Write FFFFFF.');
}

const sizeOf = (fields: Fields, name: string) => fields.whole(name, 8, 4096);
