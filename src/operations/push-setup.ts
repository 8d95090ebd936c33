import { aliasesOf, type CompiledRules, type DomainRule } from '../rules/index.ts';
import { type PlayUrls, type PublicAddresses, playUrls, rtmpOrigin } from './urls.ts';

/** What a person types into an encoder. */
export type PushSetup = {
  readonly obs: { readonly server: string; readonly streamKey: string };
  readonly example: { readonly ffmpeg: string };
  readonly urls: PlayUrls;
};

/** Server and key for pushing `app`/`name` to the domain of this host, by its first lasting stream key if it has one. */
export function pushSetup(rules: CompiledRules, addresses: PublicAddresses, app: string, name: string): PushSetup {
  const { host } = addresses;
  const nowMs = Date.now();
  const domain = rules.domainForIngestHost(host) ?? rules.rules.domains[0];
  const aliases = domain === undefined ? [] : aliasesOf(domain).filter(({ until }) => until === undefined);
  const named = [...aliases.map((alias) => alias.name), domain?.name ?? ''];
  const pushHost = hostThat((each) => rules.ingestHost(each, nowMs).domain, host, [
    ...(domain?.ingest ?? []),
    ...named,
  ]);
  const playHost = hostThat((each) => rules.playbackHost(each, nowMs).domain, host, named);
  const id = { domain: domain?.name ?? 'default', app, name };
  const [key] = rules.streamKeysFor(id.domain, app, name);
  const server = `${rtmpOrigin(pushHost, addresses)}/${app}`;
  const streamKey = key ? `${name}?key=${key.key}` : name;
  return {
    obs: { server, streamKey },
    example: { ffmpeg: `ffmpeg -re -i input.mp4 -c copy -f flv '${server}/${streamKey}'` },
    urls: playUrls(id, { ...addresses, host: playHost }),
  };
}

/** This server's own host, or one of the domain's where the rules refuse that. */
function hostThat(domainOf: (host: string) => DomainRule | undefined, own: string, named: readonly string[]): string {
  return [own, ...named].find((host) => !host.includes('*') && domainOf(host)) ?? own;
}
