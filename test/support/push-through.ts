import type { FlvTag } from '../../src/protocol/flv/index.ts';
import { FlvViewer } from './flv-viewer.ts';
import type { Headwater } from './headwater.ts';
import { HlsViewer } from './hls-viewer.ts';
import { RtmpPlayer } from './rtmp-player.ts';
import { type Pace, type PublisherOptions, RtmpPublisher } from './rtmp-publisher.ts';
import { until } from './until.ts';

export type Door = 'flv' | 'rtmp' | 'hls' | 'll-hls' | 'ts';

export type Pushed = {
  readonly flv: FlvViewer;
  readonly rtmp: RtmpPlayer;
  readonly hls: HlsViewer;
  readonly llHls: HlsViewer;
  readonly ts: HlsViewer;
};

export type PushOptions = Pace & {
  readonly path: string;
  readonly habits?: Partial<PublisherOptions>;
  /** Doors to watch besides FLV. */
  readonly doors?: readonly Door[];
};

/**
 * Pushes the tags from first to last with viewers on the doors, and gives the viewers once all of it has come and the
 * stream is over. The rules must hold viewers, end the stream at once, and package HLS always.
 */
export async function pushThrough(server: Headwater, tags: readonly FlvTag[], options: PushOptions): Promise<Pushed> {
  const { path, habits = {}, doors = [], ...pace } = options;
  const url = `${server.playback}/${path}`;
  const flv = FlvViewer.open(`${url}.flv`);
  const rtmp = doors.includes('rtmp') ? RtmpPlayer.open({ port: server.rtmpPort, path }) : undefined;
  const hls = doors.includes('hls') ? HlsViewer.open(`${url}.m3u8`) : undefined;
  const llHls = doors.includes('ll-hls') ? HlsViewer.open(`${url}.m3u8`, { lowLatency: true }) : undefined;
  const ts = doors.includes('ts') ? HlsViewer.open(`${url}.m3u8`, { container: 'ts' }) : undefined;
  for (const opening of [flv, rtmp, hls, llHls, ts]) opening?.catch(() => undefined);
  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path, ...habits });
  await publisher.play(tags, { speed: 1, ...pace });
  await publisher.unpublish();
  const viewers = { flv: await flv, rtmp: await rtmp, hls: await hls, llHls: await llHls, ts: await ts };
  await Promise.all([viewers.flv.closed, viewers.rtmp?.closed]);
  for (const viewer of [viewers.hls, viewers.llHls, viewers.ts]) {
    if (!viewer) continue;
    await until('the playlist has its end', () => viewer.isEnded);
    await viewer.close();
  }
  return viewers as Pushed;
}
