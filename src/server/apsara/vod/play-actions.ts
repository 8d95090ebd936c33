import { z } from 'zod';
import {
  ApsaraError,
  action,
  type Body,
  commaList,
  integer,
  invalidParameter,
  jsonObject,
  type ServedAction,
  text,
} from '../base/index.ts';
import { namedAsset, timeText, vodId } from './stored-asset.ts';

type PlayInfo = {
  readonly coverUrl?: string;
  readonly thumbnailsUrl?: string;
  readonly sources: readonly {
    readonly url: string;
    readonly format: string;
    readonly definition: string;
    readonly width?: number;
    readonly height?: number;
    readonly fps?: number;
    readonly bitsPerSecond?: number;
    readonly sizeBytes?: number;
    readonly durationSeconds?: number;
    readonly encryption?: string;
    readonly job?: string;
    readonly jobOutput?: number;
  }[];
};

const playConfig = z.strictObject({
  ...{ PlayDomain: text.optional(), XForwardedFor: text.optional(), PreviewTime: z.coerce.string().optional() },
});
/** Of type A; the other part is made here, anew for each address. */
const reAuthInfo = z.strictObject({ uid: z.coerce.string().max(128).optional(), rand: z.coerce.string().optional() });
const streamType = z.enum(['video', 'audio'], { error: 'it must be video or audio' });
/** What programs may ask for, and nothing here could answer. */
const NOT_HERE = ['CodecName', 'AdditionType', 'Trace', 'DigitalWatermarkType'] as const;
const named = { VideoId: text.optional(), ReferenceId: text.optional() };
const DEFAULT_SECONDS = 3600;

/** What of a video can be played, and by whom. */
export const playActions: readonly ServedAction[] = [
  action({
    name: 'GetPlayInfo',
    summary: 'Addresses at which a video plays, good for a while',
    differs:
      'OutputType is cdn, whatever is asked for; a preview (PreviewTime) has HLS only; of ReAuthInfo the uid is signed and rand is made here; CodecName, AdditionType, Trace, DigitalWatermarkType and MtsHlsUriToken are refused',
    input: z.object({
      ...{ ...named, Formats: commaList.optional(), AuthTimeout: integer.optional(), Definition: commaList.optional() },
      ...{ OutputType: text.optional(), StreamType: streamType.optional(), ResultType: text.optional() },
      ...{ ReAuthInfo: jsonObject(reAuthInfo).optional(), PlayConfig: jsonObject(playConfig).optional() },
      ...{ CodecName: text.optional(), AdditionType: text.optional() },
      ...{ Trace: text.optional(), DigitalWatermarkType: text.optional() },
    }),
    run: async ({ input, ask }) => {
      for (const name of NOT_HERE) if (input[name] !== undefined) throw invalidParameter(name, 'it is not done here');
      const { Formats, AuthTimeout = DEFAULT_SECONDS, Definition, ResultType, PlayConfig, ReAuthInfo } = input;
      const asset = await namedAsset(ask, input);
      if (asset.status === 'Blocked') throw new ApsaraError(403, 'Forbidden.IllegalStatus', 'The video is blocked.');
      const preview = PlayConfig?.PreviewTime;
      if (preview !== undefined && !(Number(preview) >= 1)) {
        throw invalidParameter('PlayConfig.PreviewTime', 'it must be at least 1 second');
      }
      const query = {
        expiresInSeconds: Math.min(2_592_000, Math.max(60, AuthTimeout)),
        ...(Formats && { formats: Formats.join(',') }),
        ...(Definition && { definitions: Definition.join(',') }),
        ...(PlayConfig?.PlayDomain !== undefined && { domain: PlayConfig.PlayDomain }),
        ...(PlayConfig?.XForwardedFor !== undefined && { address: PlayConfig.XForwardedFor }),
        ...(preview !== undefined && { previewSeconds: Number(preview) }),
        ...(ReAuthInfo?.uid !== undefined && { viewer: ReAuthInfo.uid }),
      };
      const { sources, coverUrl } = await ask<PlayInfo>('getPlayInfo', { params: { id: asset.id }, query });
      const playable = sources
        .filter(({ format }) => ['mp4', 'm3u8', 'mp3', 'mpd', 'flv'].includes(format))
        .filter((source) => input.StreamType === undefined || streamTypeOf(source, asset.kind) === input.StreamType);
      if (playable.length === 0) {
        throw new ApsaraError(404, 'InvalidVideo.NoneStream', 'The video has nothing that plays as asked for.');
      }
      const shown = playable.map((source) => shownSource(source, asset.modifiedAt, asset.kind));
      return {
        VideoBase: {
          ...{ VideoId: asset.id, Title: asset.title, Status: asset.status, MediaType: asset.kind },
          ...{ CreationTime: timeText(asset.createdAt), Duration: String(asset.durationSeconds ?? 0) },
          ...(coverUrl !== undefined && { CoverURL: coverUrl }),
        },
        PlayInfoList: { PlayInfo: ResultType === 'Single' ? onePerDefinition(shown) : shown },
      };
    },
  }),
  action({
    name: 'GetVideoPlayAuth',
    summary: 'A token by which a player opens a video',
    differs: 'the token is for the player page here (`play_auth`), and for play.json',
    input: z.object({ ...named, AuthInfoTimeout: integer.optional(), ApiVersion: text.optional() }),
    run: async ({ input, ask }) => {
      const { AuthInfoTimeout: expiresInSeconds = 100 } = input;
      if (expiresInSeconds < 100 || expiresInSeconds > 3000)
        throw invalidParameter('AuthInfoTimeout', 'it must be from 100 to 3000');
      const { id, title, status, coverUrl, durationSeconds } = await namedAsset(ask, input);
      const { playAuth } = await ask<{ playAuth: string }>('createPlayAuth', {
        params: { id },
        body: { expiresInSeconds },
      });
      return {
        PlayAuth: playAuth,
        VideoMeta: {
          ...{ VideoId: id, Title: title, Status: status, Duration: durationSeconds ?? 0 },
          ...(coverUrl !== undefined && { CoverURL: coverUrl }),
        },
      };
    },
  }),
];

function shownSource(source: PlayInfo['sources'][number], modifiedAt: string, kind: string): Body {
  const { url, format, definition, width, height, fps, bitsPerSecond, sizeBytes, durationSeconds } = source;
  const { encryption, job, jobOutput } = source;
  return {
    ...{ PlayURL: url, Format: format, Definition: definition === '' ? 'OD' : definition, Status: 'Normal' },
    ...{ StreamType: streamTypeOf(source, kind), Encrypt: encryption === undefined ? 0 : 1 },
    ModificationTime: timeText(modifiedAt),
    ...(encryption !== undefined && { EncryptType: 'HLSEncryption' }),
    ...(width !== undefined && { Width: width }),
    ...(height !== undefined && { Height: height }),
    ...(sizeBytes !== undefined && { Size: sizeBytes }),
    ...(fps !== undefined && { Fps: String(fps) }),
    ...(bitsPerSecond !== undefined && { Bitrate: (bitsPerSecond / 1000).toFixed(3) }),
    ...(durationSeconds !== undefined && { Duration: String(durationSeconds) }),
    ...(job !== undefined && { JobId: vodId(job, jobOutput) }),
  };
}

function streamTypeOf({ definition, format }: PlayInfo['sources'][number], kind: string): 'audio' | 'video' {
  const isSound = kind === 'audio' || format === 'mp3' || ['SQ', 'HQ'].includes(definition);
  return isSound ? 'audio' : 'video';
}

function onePerDefinition(shown: readonly Body[]): Body[] {
  return shown.filter(
    ({ Definition, Format }, index) =>
      shown.findIndex((each) => each.Definition === Definition && each.Format === Format) === index,
  );
}
