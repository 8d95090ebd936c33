import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A URL that is known, or a running server that is found by its data directory. */
export type Target =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'server'; readonly dataDir: string; readonly host: string; readonly pid: number | undefined };

/** The push URL, or undefined while the server has not said that it is ready. A `pid` refuses what another one left. */
export function pushUrlOf(target: Target): string | undefined {
  if (target.kind === 'url') return target.url;
  const ready = readJson(join(target.dataDir, 'ready.json'));
  const secrets = readJson(join(target.dataDir, 'secrets.json'));
  if (ready === undefined || typeof secrets?.streamKey !== 'string') return undefined;
  if (target.pid !== undefined && ready.pid !== target.pid) return undefined;
  return `rtmp://${target.host}:${ready.rtmpPort}/live/demo?key=${secrets.streamKey}`;
}

/** Messages may be read by others: keys and signatures in a URL are blotted out. */
export function withoutKeys(text: string): string {
  return text.replace(/([?&](?:key|auth_key)=)[^&\s':]+/g, '$1***');
}

function readJson(file: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
