import type { CompiledRules } from '../rules/index.ts';
import { type PlayUrls, type PublicAddresses, playUrls, rtmpOrigin } from './urls.ts';

/** What a person types into an encoder. */
export type PushSetup = {
  readonly obs: { readonly server: string; readonly streamKey: string };
  readonly example: { readonly ffmpeg: string };
  readonly urls: PlayUrls;
};

/** Server and key for pushing `app`/`name` of the default domain, by its first lasting stream key where it has one. */
export function pushSetup(rules: CompiledRules, addresses: PublicAddresses, app: string, name: string): PushSetup {
  const [key] = rules.streamKeysFor('default', app, name);
  const server = `${rtmpOrigin(addresses.host, addresses)}/${app}`;
  const streamKey = key ? `${name}?key=${key.key}` : name;
  return {
    obs: { server, streamKey },
    example: { ffmpeg: `ffmpeg -re -i input.mp4 -c copy -f flv '${server}/${streamKey}'` },
    urls: playUrls({ domain: 'default', app, name }, addresses),
  };
}
