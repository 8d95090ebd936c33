import { createHash } from 'node:crypto';
import type { CallbackRequest, Endpoint, EventKind, StreamEvent } from './event.ts';
import type { FileNote, MediaEventKind, MediaFacts, MediaNote, PictureNote, RenditionNote } from './media-note.ts';

/** What ApsaraVideo VOD calls the events of assets. */
export const VOD_EVENT_TYPES: { readonly [K in MediaEventKind]?: string } = {
  asset_uploaded: 'FileUploadComplete',
  image_uploaded: 'ImageUploadComplete',
  attachment_uploaded: 'AttachedMediaUploadComplete',
  asset_fetched: 'UploadByURLComplete',
  asset_recorded: 'AddLiveRecordVideoComplete',
  asset_composing: 'LiveRecordVideoComposeStart',
  asset_analyzed: 'VideoAnalysisComplete',
  asset_rendition: 'StreamTranscodeComplete',
  asset_transcoded: 'TranscodeComplete',
  asset_pictures: 'SnapshotComplete',
  asset_animation: 'DynamicImageComplete',
  asset_changed: 'MediaBaseChangeComplete',
  asset_reviewed: 'CreateAuditComplete',
  asset_deleted: 'DeleteMediaComplete',
};

const TYPES: { readonly [K in EventKind]?: string } = VOD_EVENT_TYPES;

/** Whether ApsaraVideo VOD has the event. */
export function isVodEvent({ kind, data }: StreamEvent): boolean {
  return TYPES[kind] !== undefined && data.media !== undefined;
}

/** ApsaraVideo VOD's event notification: a POST of JSON, signed over the whole URL where there is a key. */
export function vodCallback(
  event: StreamEvent,
  { url, key, assetsUrl = '' }: Endpoint,
  nowMs: number,
): CallbackRequest {
  const { media = {} } = event.data;
  const { asset, failure } = media;
  const body = {
    EventTime: utc(event.atMs),
    EventType: TYPES[event.kind],
    ...namedId(event.kind, media),
    Status: failure === undefined ? 'success' : 'fail',
    ...(failure && { ErrorCode: failure.code, ErrorMessage: failure.message }),
    ...fieldsOf(event.kind as MediaEventKind, media, `${assetsUrl}/${asset?.id}`),
    ...extendOf(asset?.userData),
  };
  const headers = { 'content-type': 'application/json', ...vodSignature(url, key, nowMs) };
  return { method: 'POST', url, headers, body: JSON.stringify(body) };
}

/** The headers that sign it: MD5 over `{URL}|{Unix seconds}|{key}`, none without a key. */
export function vodSignature(url: string, key: string | undefined, nowMs: number): Record<string, string> {
  if (key === undefined) return {};
  const timestamp = String(Math.floor(nowMs / 1000));
  const signature = createHash('md5').update(`${url}|${timestamp}|${key}`).digest('hex');
  return { 'X-VOD-TIMESTAMP': timestamp, 'X-VOD-SIGNATURE': signature };
}

function namedId(kind: EventKind, { asset }: MediaNote): Readonly<Record<string, unknown>> {
  if (kind === 'image_uploaded') return { ImageId: asset?.id };
  if (kind === 'attachment_uploaded') return { AttachedMediaId: asset?.id };
  if (kind !== 'asset_changed' && kind !== 'asset_deleted') return { VideoId: asset?.id };
  const MediaType = asset?.kind === 'image' || asset?.kind === 'attached' ? asset.kind : 'video';
  return { MediaType, MediaId: asset?.id };
}

function fieldsOf(kind: MediaEventKind, media: MediaNote, base: string): Readonly<Record<string, unknown>> {
  const { file, fetch, live, info, rendition, renditions, pictures, changes } = media;
  switch (kind) {
    case 'asset_uploaded':
      return { Size: file?.sizeBytes, FileUrl: placeOf(file) };
    case 'image_uploaded':
    case 'attachment_uploaded':
      return { Size: file?.sizeBytes, FileURL: placeOf(file) };
    case 'asset_fetched':
      return { JobId: plain(fetch?.upload), SourceURL: fetch?.url, Size: file?.sizeBytes };
    case 'asset_recorded':
      return { ...streamOf(live), RecordStartTime: at(live?.startedAt), RecordEndTime: at(live?.endedAt) };
    case 'asset_composing':
      return streamOf(live);
    case 'asset_analyzed':
      return info ? { ...factsOf(info), Size: info.sizeBytes } : {};
    case 'asset_rendition':
      return rendition ? streamFields(rendition, base) : {};
    case 'asset_transcoded':
      return { StreamInfos: renditions?.map((each) => ({ Status: 'success', ...streamFields(each, base) })) };
    case 'asset_pictures':
      return { ...(media.isAsked && { SubType: 'SpecifiedTime' }), ...pictureFields(pictures, base, media.madeBy) };
    case 'asset_animation':
      return animationFields(media, base);
    case 'asset_changed':
      return changes ? changeFields(changes) : {};
    case 'asset_reviewed':
      return { AuditStatus: media.review?.verdict, Auditor: media.review?.by, Comment: media.review?.note };
    case 'asset_deleted':
      return { DeleteType: 'all' };
    default:
      return {};
  }
}

function streamFields(rendition: RenditionNote, base: string) {
  const { definition, format, encryption, sizeBytes, path, job } = rendition;
  return {
    ...{ Definition: definition, Format: format, Encrypt: encryption !== undefined, Size: sizeBytes },
    ...{ FileUrl: `${base}/${path}`, JobId: plain(job) },
    ...factsOf(rendition),
  };
}

function factsOf({ durationSeconds, width, height, fps, bitsPerSecond }: MediaFacts) {
  return {
    ...{ Duration: durationSeconds, Width: width, Height: height },
    ...(fps !== undefined && { Fps: String(fps) }),
    ...(bitsPerSecond !== undefined && { Bitrate: String(Math.round(bitsPerSecond / 1000)) }),
  };
}

const PICTURE_TYPES = { cover: 'CoverSnapshot', snapshot: 'NormalSnapshot', sprite: 'SpriteSnapshot' } as const;

/** ApsaraVideo does not write down what this one has: named as GetPlayInfo and SubmitDynamicImageJob name things. */
function animationFields({ animation, madeBy }: MediaNote, base: string) {
  const job = { JobId: plain(madeBy) };
  if (animation === undefined) return job;
  const { path, format, sizeBytes } = animation;
  return { ...job, DynamicImageUrl: `${base}/${path}`, Format: format, Size: sizeBytes, ...factsOf(animation) };
}

function pictureFields(pictures: readonly PictureNote[] | undefined, base: string, job: string | undefined) {
  if (pictures === undefined) return {};
  const numbered = (name: string) => name.replace('{Count}', '{SnapshotCount}');
  const cover = pictures.find(({ role }) => role === 'cover');
  return {
    ...(cover && { CoverUrl: `${base}/${cover.path}` }),
    SnapshotInfos: pictures.map(({ role, count, object, path }) => ({
      ...{ Status: 'success', SnapshotType: PICTURE_TYPES[role], SnapshotCount: count, JobId: plain(job) },
      ...{ SnapshotFormat: numbered(object), SnapshotRegular: `${base}/${numbered(path)}` },
    })),
  };
}

const MODES = { create: 'create', update: 'update', trash: 'delete', restore: 'create' } as const;
const FIELDS: Readonly<Record<string, string>> = {
  title: 'Title',
  description: 'Description',
  coverUrl: 'CoverURL',
  category: 'CateId',
  tags: 'Tags',
};

/** Each changed field is a text of JSON within the JSON. */
function changeFields({ how, fields }: NonNullable<MediaNote['changes']>) {
  const shown = (value: unknown) => (Array.isArray(value) ? value.join(',') : value);
  const entries = Object.entries(fields).map(([name, { from, to }]) => {
    return [FIELDS[name] ?? name, JSON.stringify({ OldValue: shown(from), NewValue: shown(to) })];
  });
  return { OperateMode: MODES[how], MediaContent: Object.fromEntries(entries) };
}

function streamOf(live: MediaNote['live']) {
  return { StreamName: live?.stream, DomainName: live?.domain, AppName: live?.app };
}

function placeOf(file: FileNote | undefined): string | undefined {
  return file && `${file.storage}/${file.object}`;
}

/** What whoever uploaded it wants to have back. */
function extendOf(userData: string | undefined): { readonly Extend?: string } {
  if (userData === undefined) return {};
  try {
    const { Extend } = JSON.parse(userData) as { readonly Extend?: unknown };
    if (Extend === undefined) return {};
    return { Extend: typeof Extend === 'string' ? Extend : JSON.stringify(Extend) };
  } catch {
    return {};
  }
}

/** Ids of jobs have no dashes there. */
function plain(id: string | undefined): string | undefined {
  return id?.replaceAll('-', '');
}

function at(iso: string | undefined): string | undefined {
  return iso === undefined ? undefined : utc(Date.parse(iso));
}

function utc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
