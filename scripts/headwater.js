#!/usr/bin/env node
// The command line: what was built, or straight from the sources in a checkout that has not been built yet.
import { existsSync } from 'node:fs';

const built = new URL('../dist/server/main.js', import.meta.url);

if (existsSync(built)) {
  await import(built.href);
} else {
  const { register } = await import('tsx/esm/api');
  register();
  await import(new URL('../src/main.ts', import.meta.url).href);
}
