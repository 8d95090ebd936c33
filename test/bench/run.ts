import { parseArgs } from 'node:util';
import { fanOut } from './fan-out.ts';
import { hls } from './hls.ts';
import { publishers } from './publishers.ts';
import { stalledViewer } from './stalled-viewer.ts';
import { prepare } from './tools.ts';

const suites = { 'fan-out': fanOut, hls, publishers, 'stalled-viewer': stalledViewer } as const;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { players: { type: 'string', default: '1000' }, seconds: { type: 'string', default: '12' } },
});
const players = Math.min(4000, Number(values.players));
const seconds = Math.min(60, Number(values.seconds));
const clips = prepare();
for (const [name, run] of Object.entries(suites)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  console.log(`\n## ${name}\n`);
  await run({ players, seconds, ...clips });
}
