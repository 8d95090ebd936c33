import { utcText } from '../base/index.ts';

type Viewers = { readonly flv: number; readonly wsFlv: number; readonly rtmp: number; readonly hls: number };

type Track = {
  readonly kind: 'video' | 'audio';
  readonly codec: string;
  readonly width?: number;
  readonly height?: number;
  readonly fps?: number;
  readonly bitrateKbps: number;
};

type Rendition = Omit<Track, 'kind' | 'codec' | 'bitrateKbps'> & {
  readonly template: string;
  readonly name?: string;
  readonly state: string;
  readonly codec?: string;
  readonly bitrateKbps?: number;
  readonly viewers: Viewers;
};

/** A stream as `listStreams` has it. */
export type OnlineStream = {
  readonly domain: string;
  readonly app: string;
  readonly name: string;
  readonly state: string;
  readonly startedAt: string;
  readonly publisher?: { readonly address: string };
  readonly tracks: readonly Track[];
  readonly viewers: Viewers;
  readonly transcoding?: { readonly renditions: readonly Rendition[] };
};

/** A publish as `listHistory` has it. */
export type PublishSession = {
  readonly domain: string;
  readonly ingestDomain?: string;
  readonly app: string;
  readonly stream: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly address?: string;
};

/** An entry of the online list. */
export type OnlineEntry = {
  readonly DomainName: string;
  readonly AppName: string;
  readonly StreamName: string;
  readonly PublishDomain: string;
  readonly PublishType: string;
  readonly PublishTime: string;
  readonly PublishUrl: string;
  readonly Transcoded: 'yes' | 'no';
  readonly ClientIp?: string;
  readonly AudioCodecId?: number;
  readonly AudioDataRate?: number;
  readonly VideoCodecId?: number;
  readonly VideoDataRate?: number;
  readonly Width?: number;
  readonly Height?: number;
  readonly FrameRate?: number;
};

/** As FLV numbers codecs, with 12 for H.265 as encoders did before it had a name there; 0 where it has no number. */
const CODEC_IDS: Readonly<Record<string, number>> = { h264: 7, h265: 12, aac: 10, mp3: 2 };

/** The stream and its renditions, each as an entry of the online list. */
export function onlineEntries(stream: OnlineStream): OnlineEntry[] {
  const { domain, app, name, startedAt, publisher, tracks, transcoding } = stream;
  const video = tracks.find(({ kind }) => kind === 'video');
  const audio = tracks.find(({ kind }) => kind === 'audio');
  const common = { DomainName: domain, AppName: app, PublishDomain: domain, PublishType: 'push' };
  const PublishTime = utcText(Date.parse(startedAt));
  const own: OnlineEntry = {
    ...{
      ...common,
      StreamName: name,
      PublishTime,
      PublishUrl: `rtmp://${domain}/${app}/${name}`,
      Transcoded: 'no' as const,
    },
    ...(publisher && { ClientIp: publisher.address }),
    ...videoOf(video),
    ...(audio && { AudioCodecId: idOf(audio.codec), AudioDataRate: Math.round(audio.bitrateKbps) }),
  };
  const renditions = (transcoding?.renditions ?? []).flatMap((each): OnlineEntry[] => {
    if (each.name === undefined || each.state !== 'live') return [];
    const names = {
      StreamName: each.name,
      PublishUrl: `rtmp://${domain}/${app}/${each.name}`,
      Transcoded: 'yes' as const,
    };
    return [{ ...common, ...names, PublishTime, ...videoOf(each) }];
  });
  return [own, ...renditions];
}

export function publishEntry({ domain, ingestDomain, app, stream, startedAt, endedAt, address }: PublishSession) {
  return {
    ...{ DomainName: domain, AppName: app, StreamName: stream, PublishType: 'push', Transcoded: 'no' as const },
    ...{ PublishDomain: ingestDomain ?? domain, PublishUrl: `rtmp://${ingestDomain ?? domain}/${app}/${stream}` },
    StreamUrl: `rtmp://${domain}/${app}/${stream}`,
    ...(address !== undefined && { ClientAddr: address }),
    PublishTime: startedAt === undefined ? '' : utcText(Date.parse(startedAt)),
    ...(endedAt !== undefined && { StopTime: utcText(Date.parse(endedAt)) }),
  };
}

function videoOf(video: Partial<Track> | undefined) {
  if (video?.codec === undefined) return {};
  const { width, height, fps, bitrateKbps = 0 } = video;
  return {
    ...{ VideoCodecId: idOf(video.codec), VideoDataRate: Math.round(bitrateKbps) },
    ...(width !== undefined && { Width: width }),
    ...(height !== undefined && { Height: height }),
    ...(fps !== undefined && fps > 0 && { FrameRate: Math.round(fps) }),
  };
}

function idOf(codec: string): number {
  return CODEC_IDS[codec] ?? 0;
}
