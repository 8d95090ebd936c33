import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { decodeVideoTag, FlvReader } from '../../../src/protocol/flv/index.ts';
import { parseMediaPlaylist, parseMultivariantPlaylist } from '../../../src/protocol/m3u8/index.ts';

/** Comes as a viewer: how long the first byte of a picture took, and what ends the visit. */
export type Join = (url: string) => Promise<{ readonly ms: number; leave(): void }>;

export const joinFlv: Join = async (url) => {
  const startMs = performance.now();
  const response = await answer(url);
  const reader = new FlvReader();
  for await (const bytes of response.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    const isPicture = reader.push(bytes).some(({ type, payload }) => {
      return type === 'video' && decodeVideoTag(payload).kind === 'frame';
    });
    if (!isPicture) continue;
    const ms = performance.now() - startMs;
    response.on('error', () => undefined).resume();
    return { ms, leave: () => void response.destroy() };
  }
  throw new Error(`${url} ended without a picture`);
};

/** Playlists, init segment and then the newest segment, over one connection. */
export const joinHls: Join = async (url) => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const startMs = performance.now();
  const [variant] = parseMultivariantPlaylist(await textAt(url, agent)).variants;
  const playlistUrl = new URL(variant?.uri ?? '', url).href;
  const playlist = parseMediaPlaylist(await textAt(playlistUrl, agent));
  const segment = playlist.segments.at(-1) ?? playlist.openSegment?.parts?.[0];
  if (!segment) throw new Error(`${playlistUrl} lists nothing`);
  const map = playlist.segments.at(-1)?.map;
  if (map) await textAt(new URL(map.uri, playlistUrl).href, agent);
  const response = await answer(new URL(segment.uri, playlistUrl).href, agent);
  await once(response, 'readable');
  const ms = performance.now() - startMs;
  response.resume();
  return { ms, leave: () => agent.destroy() };
};

async function textAt(url: string, agent: Agent): Promise<string> {
  const pieces: string[] = [];
  for await (const piece of (await answer(url, agent)).setEncoding('latin1')) pieces.push(String(piece));
  return pieces.join('');
}

async function answer(url: string, agent: Agent | false = false): Promise<IncomingMessage> {
  const [response] = (await once(get(url, { agent }), 'response')) as [IncomingMessage];
  if (response.statusCode === 200) return response;
  throw new Error(`${url}: ${response.statusCode}`);
}
