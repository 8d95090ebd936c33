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
};

export type PlayUrls = { readonly flv: string; readonly hls: string; readonly rtmp: string; readonly page: string };

/** Host and port, with IPv6 addresses in brackets and the scheme's own port left out. */
export function authority(host: string, port: number, defaultPort: number): string {
  const name = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return port === defaultPort ? name : `${name}:${port}`;
}

/** A stream's unsigned play URLs. The domain's own name is used unless the stream is in the default domain. */
export function playUrls({ domain, app, name }: StreamId, addresses: PublicAddresses): PlayUrls {
  const host = domain === 'default' || domain.includes('*') ? addresses.host : domain;
  const http = `http://${authority(host, addresses.playbackPort, 80)}/${app}/${name}`;
  return {
    flv: `${http}.flv`,
    hls: `${http}.m3u8`,
    rtmp: `rtmp://${authority(host, addresses.rtmpPort, 1935)}/${app}/${name}`,
    page: http,
  };
}
