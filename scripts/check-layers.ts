import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The whole rule, lowest line first: a folder of src imports only from the lines above its own. */
const LAYERS: readonly (readonly string[])[] = [
  ['protocol/bytes'],
  ['protocol/nal'],
  ['protocol/amf', 'protocol/h264', 'protocol/h265', 'protocol/av1', 'protocol/vp9', 'protocol/m3u8'],
  ['protocol/aac', 'protocol/mp3', 'protocol/opus', 'protocol/flac', 'protocol/srs'],
  ['protocol/flv', 'protocol/rtmp', 'protocol/mpegts', 'protocol/fmp4'],
  ['deadline'],
  ['log', 'metrics', 'store', 'certificates'],
  ['live', 'rules', 'storage'],
  ['ingest', 'packager', 'access', 'archive', 'ffmpeg', 'notify', 'health', 'identity'],
  ['record', 'snapshot', 'timeshift', 'transcode', 'relay', 'jobs', 'media', 'cluster', 'usage', 'alarm', 'load'],
  ['mps', 'slate'],
  ['workflow'],
  ['vod', 'clip', 'preview', 'cost', 'audience'],
  ['operations'],
  ['server/http', 'server/outlet'],
  [
    'server/rtmp',
    'server/playback',
    'server/api',
    'server/apsara',
    'server/upload',
    'server/console',
    'server/metrics',
  ],
  ['config'],
  ['app'],
  ['cli'],
  ['main'],
];

const MAY_READ_CONFIG: readonly string[] = ['config', 'app', 'cli', 'main'];
const PURE = /^(protocol\/|live$|packager$)/;
const NODE_FOR_PROTOCOL = /^node:(assert(\/strict)?|buffer|crypto|util)$/;
const IMPURE =
  /\b(Date\.now|new Date\(\)|set(Timeout|Interval|Immediate)\b|Math\.random|process\.|console\.|performance\.)/;
const LOST_DEADLINE = /AbortSignal\.any\([^;]*?AbortSignal\.timeout/;
const IMPORT = /(?:^|[;\s])(?:import|export)\s(?:[^'";]*?\sfrom\s)?'([^']+)'|\bimport\('([^']+)'\)/g;
const MAX_CODE_LINES = 400;

const RULES = {
  line: 'Every folder of src has its line in LAYERS (scripts/check-layers.ts).',
  direction: 'A folder may import only from earlier lines of LAYERS, never from its own line or a later one.',
  index: "Another folder is imported only through its index.ts, and what isn't below src not at all.",
  config: 'Configuration is imported by app, main and the command line only; others are given plain options.',
  node: 'The protocol folders import from Node only assert, buffer, crypto and util.',
  packages: 'protocol, live and packager depend on no package.',
  pure: 'protocol, live and packager have no clock, timer, chance, process or console: they are handed in.',
  deadline: 'Node 20 forgets a time limit within AbortSignal.any at a garbage collection: use deadline/within.',
  length: `A source file has at most ${MAX_CODE_LINES} lines of code.`,
  cycle: 'Folders do not import each other in a circle.',
  fileCycle: 'Files do not import each other in a circle: what both need goes below them.',
} as const;

/** One broken rule: where, what was found, and the sentence of the rule. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly found: string;
  readonly rule: string;
}

/** Who imports whom, each with what is said where that closes a circle. */
type Edges = Map<string, Map<string, Problem>>;

interface Source {
  readonly path: string;
  readonly folder: string;
  readonly unit: string;
  readonly isTest: boolean;
  readonly code: string;
}

/** Checks source texts by their paths below src, such as `live/stream.ts`. */
export function checkLayers(files: ReadonlyMap<string, string>): Problem[] {
  const sources = [...files].map(([path, text]) => toSource(path, text));
  const folders: Edges = new Map();
  const within: Edges = new Map();
  const problems = sources.flatMap((source) => [...checkImports(source, folders, within), ...checkText(source)]);
  return [...problems, ...checkCycles(folders), ...checkCycles(within)];
}

function toSource(path: string, text: string): Source {
  const folder = posix.dirname(path);
  return {
    path,
    folder,
    unit: unitOf(path),
    isTest: /(\.(test|bench)|(^|\/)test-[a-z-]+)\.ts$/.test(path),
    code: withoutComments(text),
  };
}

/** The entry of LAYERS that a path belongs to, or where it has none its own folder. */
function unitOf(path: string): string {
  const name = nodeOf(path).replace(/\.ts$/, '');
  return LAYERS.flat().find((unit) => name === unit || name.startsWith(`${unit}/`)) ?? name;
}

/** A folder, or one of the files directly in src. */
function nodeOf(path: string): string {
  return path.includes('/') ? posix.dirname(path) : path;
}

function layerOf(unit: string): number {
  return LAYERS.findIndex((line) => line.includes(unit));
}

/** Comments become blanks, so that lines keep their numbers; a `//` in a string is kept when a quote or colon precedes it. */
function withoutComments(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
    .replace(/(^|[^:'"`\\/])\/\/.*$/gm, '$1');
}

function checkImports(source: Source, folders: Edges, within: Edges): Problem[] {
  if (layerOf(source.unit) < 0) return [problemAt(source, 0, source.unit, 'line')];
  const problems: Problem[] = [];
  for (const match of source.code.matchAll(IMPORT)) {
    const specifier = match[1] ?? match[2] ?? '';
    const at = match.index + match[0].indexOf(specifier);
    const broken = specifier.startsWith('.') ? brokenByFile(source, specifier) : brokenByPackage(source, specifier);
    if (broken !== undefined) problems.push(problemAt(source, at, specifier, broken));
    if (!specifier.startsWith('.') || source.isTest) continue;
    const target = posix.join(source.folder, specifier);
    const [here, there] = [nodeOf(source.path), nodeOf(target)];
    if (here === there) addEdge(within, source.path, target, problemAt(source, at, specifier, 'fileCycle'));
    else addEdge(folders, here, there, problemAt(source, at, specifier, 'cycle'));
  }
  return problems;
}

function addEdge(edges: Edges, from: string, to: string, problem: Problem): void {
  edges.set(from, (edges.get(from) ?? new Map<string, Problem>()).set(to, problem));
}

function brokenByFile(source: Source, specifier: string): keyof typeof RULES | undefined {
  const target = posix.join(source.folder, specifier);
  if (posix.dirname(target) === source.folder) return undefined;
  if (target.startsWith('..')) return source.isTest ? undefined : 'index';
  const unit = unitOf(target);
  if (unit === 'config' && !MAY_READ_CONFIG.includes(source.unit)) return 'config';
  if (unit !== source.unit && layerOf(unit) >= layerOf(source.unit)) return 'direction';
  return basename(target) === 'index.ts' || source.isTest ? undefined : 'index';
}

function brokenByPackage(source: Source, specifier: string): keyof typeof RULES | undefined {
  if (source.isTest) return undefined;
  if (!specifier.startsWith('node:')) return PURE.test(source.unit) ? 'packages' : undefined;
  return source.unit.startsWith('protocol/') && !NODE_FOR_PROTOCOL.test(specifier) ? 'node' : undefined;
}

function checkText(source: Source): Problem[] {
  if (source.isTest) return [];
  const lines = source.code.split('\n');
  const codeLines = lines.filter((line) => line.trim() !== '').length;
  const tooLong = codeLines > MAX_CODE_LINES ? [problemAt(source, 0, `${codeLines} lines`, 'length')] : [];
  const lost = LOST_DEADLINE.exec(source.code);
  const found = lost ? [...tooLong, problemAt(source, lost.index, 'AbortSignal.any', 'deadline')] : tooLong;
  if (!PURE.test(source.unit)) return found;
  const impure = [...source.code.matchAll(new RegExp(IMPURE, 'g'))];
  return [...found, ...impure.map((match) => problemAt(source, match.index, match[0], 'pure'))];
}

/** Tests stand outside: what they import makes no circle at run time. */
function checkCycles(edges: Edges): Problem[] {
  const finished = new Set<string>();
  const problems: Problem[] = [];
  const visit = (node: string, path: readonly string[]) => {
    for (const [target, problem] of edges.get(node) ?? []) {
      const start = path.indexOf(target);
      if (start >= 0) problems.push({ ...problem, found: [...path.slice(start), target].join(' -> ') });
      else if (!finished.has(target)) visit(target, [...path, target]);
    }
    finished.add(node);
  };
  for (const node of edges.keys()) if (!finished.has(node)) visit(node, [node]);
  return problems;
}

function problemAt(source: Source, index: number, found: string, rule: keyof typeof RULES): Problem {
  return { file: `src/${source.path}`, line: source.code.slice(0, index).split('\n').length, found, rule: RULES[rule] };
}

function main(): void {
  const root = fileURLToPath(new URL('../src/', import.meta.url));
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => /(?<!\.d)\.ts$/.test(name));
  const problems = checkLayers(new Map(names.map((name) => [name, readFileSync(join(root, name), 'utf8')])));
  for (const { file, line, found, rule } of problems) console.error(`${file}:${line}: ${found}\n  ${rule}`);
  console.log(`layers: ${names.length} files, ${problems.length} broken rules`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
