import { parseArgs } from 'node:util';
import { loadConfig } from '../src/config/index.ts';

/** Prints the data directory that `headwater serve` with the same arguments and environment would use. */
function main(): void {
  const options = { config: { type: 'string', short: 'c' } } as const;
  const { values } = parseArgs({ args: process.argv.slice(2), options, strict: false });
  const file = typeof values.config === 'string' ? values.config : undefined;
  console.log(loadConfig({ file, env: process.env, cwd: process.cwd() }).dataDir);
}

main();
