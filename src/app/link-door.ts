import type { Access } from '../access/index.ts';
import type { StreamId } from '../live/index.ts';
import {
  findStream,
  type LinkDoor,
  type PublicAddresses,
  playUrls,
  type RenditionFacts,
  rtmpOrigin,
  type StreamSources,
} from '../operations/index.ts';
import type { State } from './open-state.ts';

/** What the operations on URLs are given. */
export function linkDoor(
  { rules }: Pick<State, 'rules'>,
  access: Access,
  sources: StreamSources,
  addresses: PublicAddresses,
): LinkDoor {
  return {
    rules,
    access,
    nowMs: sources.clock.wallMs,
    playUrls: (id) => playUrls(id, addresses),
    pushOrigin: ({ name, ingest }) => {
      const host = [...ingest, name].find((each) => !each.includes('*') && each !== 'default');
      return rtmpOrigin(host ?? addresses.host, addresses);
    },
    factsOf: ({ domain, app, stream, protocol, port }) => {
      const found = findStream(sources, { domain: domain.name, app, name: stream });
      const { rtmpPort, rtmpsPort, playbackPort, playbackTlsPort } = addresses;
      const [plain, tls] = protocol.startsWith('rtmp') ? [rtmpPort, rtmpsPort] : [playbackPort, playbackTlsPort];
      const publisher =
        found?.publisher && `${found.publisher.address} with ${found.publisher.encoder || 'an encoder'}`;
      return {
        clockDifferenceMs: 0,
        rendition: found ? undefined : renditionNamed(sources, { domain: domain.name, app, name: stream }),
        stream: found && { state: found.state, ...(publisher === undefined ? {} : { publisher }) },
        port: port !== undefined && port === tls ? tls : plain,
      };
    },
  };
}

/** A rendition that is not made now belongs to a stream whose name its own begins with. */
function renditionNamed(sources: StreamSources, id: StreamId): RenditionFacts | undefined {
  const owner = sources.registry.ownerOf(id);
  if (owner.name === id.name) return undefined;
  return sources.ladderOf(owner)?.renditions.find(({ name }) => name === id.name);
}
