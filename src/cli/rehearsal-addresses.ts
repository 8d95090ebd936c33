import { signUrl } from '../access/index.ts';
import type { Config } from '../config/index.ts';
import { RefusedHostError, signStreamUrl } from '../operations/index.ts';
import type { CompiledRules } from '../rules/index.ts';
import { CliError, requireInstalledRules } from './installation/index.ts';
import type { RehearsedDoor, ViewerAddress } from './rehearsal/index.ts';

export type Audience = {
  /** The player page, playlist or FLV of the stream; all doors are found from it. */
  readonly url: string;
  /** The Host header, where the URL names an address. */
  readonly host?: string | undefined;
  /** What signs play URLs, where the rules of this machine are not those of the server. */
  readonly key?: string | undefined;
  readonly doors: readonly RehearsedDoor[];
  readonly goodForMs: number;
};

const EXTENSIONS: Readonly<Record<RehearsedDoor, string>> = { flv: '.flv', hls: '.m3u8', llhls: '.m3u8' };
/** For those who come again at the very end, and clocks that differ. */
const SPARE_SECONDS = 600;

/** Where each viewer goes, signed for this viewer alone where the stream's domain wants it. */
export async function audienceAddresses(
  config: Config,
  audience: Audience,
): Promise<{ readonly addressOf: (door: RehearsedDoor, viewer: number) => ViewerAddress; readonly note: string }> {
  const url = readUrl(audience.url);
  const own = /\.(flv|m3u8)$/.exec(url.pathname)?.[1];
  const hasSignature = url.searchParams.has('auth_key');
  if (hasSignature && audience.doors.some((door) => EXTENSIONS[door] !== `.${own}`)) {
    const remedy = `Choose doors with --mix ${own === 'flv' ? 'flv' : 'hls,llhls'}, or give the URL without its signature.`;
    throw new CliError('the signature of the URL is for one of the doors only', remedy, { exitCode: 2 });
  }
  const stem = url.pathname.replace(/\.(flv|m3u8)$/, '').replace(/\/$/, '');
  const rules = audience.key === undefined && !hasSignature ? await rulesHere(config) : undefined;
  const sign = signerOf(audience, rules, hasSignature);
  const origin = url.origin;
  const isSigned = hasSignature || new URL(sign(`${origin}${stem}.flv`, 0)).href !== `${origin}${stem}.flv`;
  return {
    note: isSigned ? '' : 'The URLs are not signed: no key is known for them here.\n',
    addressOf(door, viewer) {
      const bare = `${origin}${stem}${EXTENSIONS[door]}${url.search}`;
      const { pathname, search } = new URL(sign(bare, viewer));
      return { origin, host: audience.host, path: pathname + search };
    },
  };
}

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && url.pathname.split('/').length > 2) return url;
  const remedy = 'Give one like http://play.example.com/live/demo.';
  throw new CliError(`${text} is no stream to watch`, remedy, { exitCode: 2 });
}

async function rulesHere(config: Config): Promise<CompiledRules | undefined> {
  try {
    return await requireInstalledRules(config);
  } catch (error) {
    if (error instanceof CliError) return undefined;
    throw error;
  }
}

function signerOf(
  { host, key, goodForMs }: Audience,
  rules: CompiledRules | undefined,
  hasSignature: boolean,
): (url: string, viewer: number) => string {
  const expiresInSeconds = Math.ceil(goodForMs / 1000) + SPARE_SECONDS;
  // No two viewers share a signature, as on a domain with `singleUse`.
  const signing = (viewer: number) => ({ nowMs: Date.now(), expiresInSeconds, rand: `r${viewer}x${Date.now()}` });
  if (hasSignature) return (url) => url;
  if (key !== undefined) {
    const auth = { type: 'type_a', key1: key, validitySeconds: 0 } as const;
    return (url, viewer) => signUrl(url, auth, signing(viewer));
  }
  if (rules === undefined) return (url) => url;
  return (url, viewer) => {
    const named = new URL(url);
    if (host !== undefined) named.host = host;
    try {
      return signStreamUrl(named.href, rules, { ...signing(viewer), side: 'play' }).url;
    } catch (error) {
      // Another server's domain: nothing here says how it signs.
      if (error instanceof RefusedHostError) return url;
      throw error;
    }
  };
}
