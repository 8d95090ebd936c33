import { parseArgs } from 'node:util';
import { api } from './api.ts';
import { apsara } from './apsara.ts';
import { archive } from './archive/index.ts';
import { audience } from './audience.ts';
import { burst } from './burst.ts';
import { conversions } from './conversions.ts';
import { edges } from './edges/index.ts';
import { failover } from './failover.ts';
import { fanOut } from './fan-out.ts';
import { firstRung } from './first-rung.ts';
import { hls } from './hls.ts';
import { ladder } from './ladder.ts';
import { large } from './large.ts';
import { library } from './library.ts';
import { media } from './media.ts';
import { playlists } from './playlists.ts';
import { publishers } from './publishers.ts';
import { split } from './split.ts';
import { stalledViewer } from './stalled-viewer.ts';
import { prepare } from './tools.ts';
import { usage } from './usage.ts';
import { workers } from './workers.ts';

const suites = {
  api,
  apsara,
  archive,
  audience,
  burst,
  conversions,
  edges,
  failover,
  'fan-out': fanOut,
  'first-rung': firstRung,
  hls,
  ladder,
  large,
  library,
  media,
  playlists,
  publishers,
  split,
  'stalled-viewer': stalledViewer,
  usage,
  workers,
} as const;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    players: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '12' },
    part: { type: 'string' },
  },
});
const players = Math.min(4000, Number(values.players));
const seconds = Math.min(300, Number(values.seconds));
const clips = prepare();
for (const [name, run] of Object.entries(suites)) {
  if (positionals.length > 0 ? !positionals.includes(name) : name === 'large') continue;
  console.log(`\n## ${name}\n`);
  await run({ players, seconds, part: values.part, ...clips });
}
