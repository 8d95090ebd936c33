import type { StreamId } from '../live/index.ts';

/** Where this server is reached, as people write it. */
export type PublicAddresses = {
  /** Host name or address without port, as in `publicHost`. */
  readonly host: string;
  readonly rtmpPort: number;
  readonly playbackPort: number;
  readonly controlPort: number;
  /** RTMPS and HTTPS, once there is a certificate. */
  readonly rtmpsPort?: number;
  readonly playbackTlsPort?: number;
  /** Of uploads, once it is open. */
  readonly uploadPort?: number;
};

export type PlayUrls = { readonly flv: string; readonly hls: string; readonly rtmp: string; readonly page: string };

/** Host and port, with IPv6 addresses in brackets and the scheme's own port left out. */
export function authority(host: string, port: number, defaultPort: number): string {
  const name = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return port === defaultPort ? name : `${name}:${port}`;
}

/** Where RTMP is spoken on `host`: RTMPS once there is a certificate, whose own port is 443 to encoders. */
export function rtmpOrigin(host: string, { rtmpPort, rtmpsPort }: PublicAddresses): string {
  if (rtmpsPort !== undefined) return `rtmps://${authority(host, rtmpsPort, 443)}`;
  return `rtmp://${authority(host, rtmpPort, 1935)}`;
}

/** Where viewers are answered on `host`: HTTPS once there is a certificate. */
function playbackOrigin(host: string, { playbackPort, playbackTlsPort }: PublicAddresses): string {
  if (playbackTlsPort !== undefined) return `https://${authority(host, playbackTlsPort, 443)}`;
  return `http://${authority(host, playbackPort, 80)}`;
}

/** Where viewers of some domains are answered, for a page that shows their pictures. */
export function playOrigins(domains: readonly { readonly name: string }[], addresses: PublicAddresses): string[] {
  const urls = domains.map(({ name }) => playUrls({ domain: name, app: 'a', name: 'a' }, addresses).page);
  return [...new Set(urls.map((url) => new URL(url).origin))];
}

/** A stream's unsigned play URLs. The domain's own name is used unless the stream is in the default domain. */
export function playUrls({ domain, app, name }: StreamId, addresses: PublicAddresses): PlayUrls {
  const host = domain === 'default' || domain.includes('*') ? addresses.host : domain;
  const page = `${playbackOrigin(host, addresses)}/${app}/${name}`;
  return {
    flv: `${page}.flv`,
    hls: `${page}.m3u8`,
    rtmp: `${rtmpOrigin(host, addresses)}/${app}/${name}`,
    page,
  };
}
