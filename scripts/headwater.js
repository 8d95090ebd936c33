#!/usr/bin/env -S UV_THREADPOOL_SIZE=32 node --max-semi-space-size=2 --heap-growing-percent=100
// The command line: what was built, or straight from the sources in a checkout that has not been built yet.
// Threads for files: a disk that hangs keeps some of them, and must leave some for everything else.
// Why the young generation is small, and the old one may double: docs/decisions/small-young-generation.md, docs/decisions/old-generation-doubles.md
import { existsSync } from 'node:fs';

const built = new URL('../dist/server/main.js', import.meta.url);

if (existsSync(built)) {
  await import(built.href);
} else {
  const { register } = await import('tsx/esm/api');
  register();
  await import(new URL('../src/main.ts', import.meta.url).href);
}
