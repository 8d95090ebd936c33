import type { SuiteOptions } from '../suite.ts';
import { exporting } from './exporting.ts';
import { playlists } from './playlists.ts';
import { recording } from './recording.ts';
import { startup } from './startup.ts';
import { viewers } from './viewers.ts';

const parts = { recording, playlists, startup, viewers, export: exporting } as const;

/** What the archive costs while it is written, and what those cost who read it. */
export async function archive(options: SuiteOptions): Promise<void> {
  const { part } = options;
  if (part !== undefined && !(part in parts)) throw new Error(`--part must be one of ${Object.keys(parts).join(', ')}`);
  console.log('| what | bar | measured |');
  console.log('|---|--:|--:|');
  for (const [name, run] of Object.entries(parts)) {
    if (part === undefined || part === name) await run(options);
  }
}
