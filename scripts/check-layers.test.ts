import { describe, expect, it } from 'vitest';
import { checkLayers } from './check-layers.ts';

type Case = readonly [what: string, files: Record<string, string>, problems: readonly string[]];

const cases: readonly Case[] = [
  ['a lower folder by its index', { 'live/stream.ts': "import { a } from '../protocol/bytes/index.ts';" }, []],
  ['its own folder', { 'live/stream.ts': "import { a } from './packet.ts';" }, []],
  [
    'a higher folder',
    { 'live/stream.ts': "\nimport { a } from '../packager/index.ts';" },
    ['src/live/stream.ts:2 ../packager/index.ts: A folder may import only from earlier lines'],
  ],
  [
    'a neighbour',
    { 'ingest/a.ts': "import type { A } from '../access/index.ts';" },
    ['src/ingest/a.ts:1 ../access/index.ts: A folder may import only from earlier lines'],
  ],
  [
    'past an index',
    { 'ingest/a.ts': "export { a } from '../live/stream.ts';" },
    ['src/ingest/a.ts:1 ../live/stream.ts: Another folder is imported only through its index.ts'],
  ],
  [
    'past the index of a folder within the same one',
    { 'store/a.ts': "import { a } from './base/error.ts';" },
    ['src/store/a.ts:1 ./base/error.ts: Another folder is imported only through its index.ts'],
  ],
  [
    'what is not below src',
    { 'live/stream.ts': "import { a } from '../../player/index.ts';" },
    ['src/live/stream.ts:1 ../../player/index.ts: Another folder is imported only through its index.ts'],
  ],
  [
    'an import over several lines, at the line of its name',
    { 'rules/a.ts': "import {\n  a,\n} from '../access/index.ts';" },
    ['src/rules/a.ts:3 ../access/index.ts: A folder may import only from earlier lines'],
  ],
  [
    'an import at run time',
    { 'rules/a.ts': "const a = await import('../access/index.ts');" },
    ['src/rules/a.ts:1 ../access/index.ts: A folder may import only from earlier lines'],
  ],
  [
    'a commented import',
    { 'rules/a.ts': "// import { a } from '../access/index.ts';\n/* import '../vod/index.ts' */" },
    [],
  ],
  [
    'configuration, as a type too',
    { 'server/rtmp/a.ts': "import type { Config } from '../../config/index.ts';" },
    ['src/server/rtmp/a.ts:1 ../../config/index.ts: Configuration is imported by app, main and the command line only'],
  ],
  [
    'configuration and all else, by app, command line and main',
    {
      'app/app.ts': "import { a } from '../config/index.ts';\nimport { b } from '../server/rtmp/index.ts';",
      'cli/serve.ts': "import { a } from '../app/index.ts';\nimport { b } from '../config/index.ts';",
      'main.ts': "import { b } from './cli/index.ts';",
    },
    [],
  ],
  [
    'app, from below',
    { 'server/rtmp/a.ts': "import { a } from '../../app/index.ts';" },
    ['src/server/rtmp/a.ts:1 ../../app/index.ts: A folder may import only from earlier lines'],
  ],
  ['another file beside main', { 'other.ts': '' }, ['src/other.ts:1 other: Every folder of src has its line']],
  [
    'a folder without a line',
    { 'surprise/a.ts': '' },
    ['src/surprise/a.ts:1 surprise: Every folder of src has its line'],
  ],
  [
    'a socket in a protocol',
    { 'protocol/rtmp/a.ts': "import { createHmac } from 'node:crypto';\nimport { connect } from 'node:net';" },
    ['src/protocol/rtmp/a.ts:2 node:net: The protocol folders import from Node only'],
  ],
  [
    'a package in the packager',
    { 'packager/a.ts': "import { z } from 'zod';" },
    ['src/packager/a.ts:1 zod: protocol, live and packager depend on no package'],
  ],
  [
    'clocks and chance',
    { 'live/a.ts': 'const a = Date.now();\nsetTimeout(b, 1);\nMath.random();\nprocess.exit();\nnew Date();' },
    ['Date.now', 'setTimeout', 'Math.random', 'process.', 'new Date()'].map(
      (found, index) => `src/live/a.ts:${index + 1} ${found}: protocol, live and packager have no clock`,
    ),
  ],
  [
    'a clock in a comment, a test and a server',
    { 'live/a.ts': '// Date.now()', 'live/a.test.ts': 'Date.now()', 'server/rtmp/a.ts': 'Date.now()' },
    [],
  ],
  [
    'a time limit that Node forgets',
    {
      'clip/a.ts': 'const limit = AbortSignal.any([\n  signal,\n  AbortSignal.timeout(1),\n]);',
      'clip/b.ts': 'AbortSignal.any([a, b]);',
    },
    ['src/clip/a.ts:1 AbortSignal.any: Node 20 forgets a time limit within AbortSignal.any'],
  ],
  ['a long file of comments', { 'live/a.ts': '// word\n'.repeat(500) }, []],
  [
    'a long file of code',
    { 'log/a.ts': 'a();\n'.repeat(401) },
    ['src/log/a.ts:1 401 lines: A source file has at most 400'],
  ],
  [
    'a circle of inner folders',
    {
      'store/files/a.ts': "import { a } from '../base/index.ts';",
      'store/base/a.ts': "import { a } from '../files/index.ts';",
    },
    ['src/store/base/a.ts:1 store/files -> store/base -> store/files: Folders do not import each other in a circle'],
  ],
  [
    'a circle of files in one folder, of types as well',
    {
      'live/a.ts': "import { b } from './b.ts';",
      'live/b.ts': "import type { A } from './a.ts';",
    },
    ['src/live/b.ts:1 live/a.ts -> live/b.ts -> live/a.ts: Files do not import each other in a circle'],
  ],
];

describe('checkLayers', () => {
  it.each(cases)('judges %s', (_, files, expected) => {
    const problems = checkLayers(new Map(Object.entries(files)));
    const said = problems.map(({ file, line, found, rule }) => `${file}:${line} ${found}: ${rule}`);
    expect(said.map((text, index) => text.slice(0, expected[index]?.length ?? text.length))).toEqual(expected);
  });
});
