import { httpUrlOf } from '../refusal/index.ts';
import type { QualityLevel } from './engine.ts';
import { levelWords } from './level-words.ts';

/** A rendition that FLV can be switched to; its URL is signed where URLs are. */
export type FlvRendition = QualityLevel & { readonly name: string; readonly url: string };

/** Asks what there is beside the stream; nothing where the server, or a CDN before it, doesn't say. */
export async function fetchFlvRenditions(url: string, signal: AbortSignal): Promise<FlvRendition[]> {
  try {
    const asked = new URL(httpUrlOf(url));
    asked.searchParams.set('hw_renditions', '1');
    const answer = await fetch(asked, { signal, cache: 'no-store' });
    const isList = answer.ok && (answer.headers.get('content-type') ?? '').includes('json');
    if (!isList) {
      await answer.body?.cancel();
      return [];
    }
    const said: unknown = await answer.json();
    return readRenditions(said, url);
  } catch {
    return [];
  }
}

/** Reads the list, with URLs made whole by the one of the stream. */
export function readRenditions(said: unknown, base: string): FlvRendition[] {
  const list = isFields(said) && Array.isArray(said.renditions) ? said.renditions : [];
  return list.filter(isFields).flatMap((each, index) => {
    const { name, url } = each;
    if (typeof name !== 'string' || typeof url !== 'string') return [];
    const kbps = numberOf(each.bitrateKbps);
    const words = levelWords({
      name,
      width: numberOf(each.width) ?? 0,
      height: numberOf(each.height) ?? 0,
      frameRate: numberOf(each.frameRate),
      bitrate: kbps === undefined ? undefined : kbps * 1000,
    });
    return [{ index, name, url: new URL(url, base).href, ...words }];
  });
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
