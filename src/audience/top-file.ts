import { readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { TopTraffic } from './top-traffic.ts';

const hitters = z.array(z.object({ value: z.string(), bytes: z.number(), uncertainBytes: z.number() }));
const saved = z.array(
  z.object({
    startMs: z.number(),
    endMs: z.number(),
    domains: z.array(
      z.object({
        domain: z.string(),
        totalBytes: z.number(),
        kinds: z.partialRecord(z.enum(['stream', 'address', 'referer', 'agent']), hitters),
      }),
    ),
  }),
);

/** What was counted before the last stop; empty where nothing can be read of it. */
export async function readTop(path: string): Promise<TopTraffic> {
  const top = new TopTraffic();
  try {
    top.restore(saved.parse(JSON.parse(await readFile(path, 'utf8'))));
  } catch {
    // There is none yet, or it was damaged: it is of one day only.
  }
  return top;
}

export async function writeTop(path: string, top: TopTraffic): Promise<void> {
  await writeFile(`${path}.tmp`, JSON.stringify(top.toJson()), { mode: 0o600 });
  await rename(`${path}.tmp`, path);
}
