import type { Writable } from 'node:stream';
import type { Response } from 'express';
import { z } from 'zod';
import { chaptersVtt, type IndexFiles, type StreamChapters } from '../../clip/index.ts';
import { SERVER } from '../../identity/index.ts';
import type { StreamId } from '../../live/index.ts';
import {
  appOf,
  type Call,
  type ClipDoor,
  indexFileNames,
  noClip,
  noIndexFile,
  noRecording,
  notFound,
  type Recordings,
  recordingNames,
  streamNames,
  streamOf,
  type UsageDoor,
} from '../../operations/index.ts';
import { type MediaOperation, mediaOperation } from './media-operation.ts';
import { sendListed } from './send-listed.ts';

/** What the operations that answer with files need. */
export type MediaDoor = {
  readonly recordings: Recordings;
  readonly chapters: Pick<StreamChapters, 'ofRecording'>;
  readonly clips: ClipDoor['clips'];
  readonly indexFiles: IndexFiles;
  /** The newest picture of a stream as JPEG; undefined where there is none. */
  readonly pictureOf: (id: StreamId) => Promise<{ readonly jpeg: Uint8Array; readonly atWallMs: number } | undefined>;
  readonly usage: Pick<UsageDoor, 'downloaded'>;
  /** Writes the database to `out` and ends it. */
  readonly backup: (out: Writable) => Promise<unknown>;
};

const NO_PICTURE_REMEDY = 'It has to be live; its pictures need FFmpeg, and a codec that FFmpeg decodes.';

const object = z.string().min(1).max(1024).describe('The name of the object in its storage');

/** Files: recordings, what playlists list, chapters, and a backup. */
export function mediaOperations({
  recordings,
  chapters,
  clips,
  indexFiles,
  pictureOf,
  backup,
  usage,
}: MediaDoor): readonly MediaOperation[] {
  const recorded = {
    at: 'holder',
    area: 'Recordings',
    method: 'get',
    action: 'recordings:read',
    resource: appOf,
  } as const;
  const clipped = { at: 'holder', method: 'get', action: 'clips:read', resource: appOf } as const;
  const sentOf = (named: Parameters<typeof streamOf>[0]) => (sizeBytes: number) =>
    usage.downloaded(streamOf(named), sizeBytes);
  return [
    mediaOperation({
      ...{ name: 'getStreamPicture', area: 'Streams', method: 'get', action: 'streams:read' },
      ...{ resource: appOf, media: 'image/jpeg' },
      path: '/streams/{domain}/{app}/{stream}/picture.jpg',
      summary: 'The newest picture of a stream',
      params: streamNames,
      send: async ({ params }, { response }) => {
        const picture = await pictureOf(streamOf(params)).catch(() => undefined);
        if (!picture) throw notFound('NO_PICTURE', 'there is no picture of the stream', NO_PICTURE_REMEDY);
        const lastModified = new Date(picture.atWallMs).toUTCString();
        response.set({ 'Cache-Control': 'private, no-cache', 'Last-Modified': lastModified });
        response.type('image/jpeg').send(Buffer.from(picture.jpeg));
      },
    }),
    mediaOperation({
      ...{ ...recorded, name: 'getRecordingChapters', media: 'text/vtt' },
      path: '/recordings/{domain}/{app}/{stream}/{id}/chapters.vtt',
      summary: 'The markers of a recording as chapters (WebVTT)',
      params: recordingNames,
      send: async ({ params }, { response }) => {
        const id = streamOf(params);
        const recording = (await recordings.find(id, params.id)) ?? noRecording();
        response.type('text/vtt').send(await chapters.ofRecording(id, recording));
      },
    }),
    mediaOperation({
      ...{ ...recorded, name: 'getRecordingFile', media: 'video/*' },
      path: '/recordings/{domain}/{app}/{stream}/{id}/{object*}',
      summary: 'A file of a recording, or a part of it by Range',
      params: recordingNames.extend({ object }),
      send: async ({ params }, http) => {
        const recording = (await recordings.find(streamOf(params), params.id)) ?? noRecording();
        await sendListed(recordings, recording, params.object, http, sentOf(params));
      },
    }),
    mediaOperation({
      ...{ ...clipped, area: 'Clips', name: 'getClipChapters', media: 'text/vtt' },
      path: '/streams/{domain}/{app}/{stream}/clips/{id}/chapters.vtt',
      summary: 'The markers of a clip as chapters (WebVTT)',
      params: recordingNames,
      send: async ({ params }, { response }) => {
        const clip = await clips.find(streamOf(params), params.id);
        if (clip?.state !== 'ready') return noClip();
        response.type('text/vtt').send(chaptersVtt(clip.chapters));
      },
    }),
    mediaOperation({
      ...{ ...clipped, area: 'Index files', name: 'getIndexFileObject', media: 'application/vnd.apple.mpegurl' },
      path: '/streams/{domain}/{app}/{stream}/index-files/{id}/{object*}',
      summary: 'The playlist of an index file, or a slice that it lists',
      params: indexFileNames.extend({ object }),
      send: async ({ params }, http) => {
        const file = (await indexFiles.find(streamOf(params), params.id)) ?? noIndexFile();
        await sendListed(recordings, file, params.object, http, sentOf(params));
      },
    }),
    mediaOperation({
      ...{ name: 'getBackup', area: 'Server', method: 'get', path: '/backup', action: 'backup:read' },
      ...{ resource: () => SERVER, media: 'application/gzip' },
      summary: 'The database as a gzipped file, for `headwater restore`',
      send: async ({ done }: Call, { response }) => {
        response.set('Content-Disposition', 'attachment; filename="headwater-backup.gz"').type('application/gzip');
        done(SERVER);
        await sendOrTakeBack(response, backup);
      },
    }),
  ];
}

/** A download that breaks off does not look like a whole one. */
async function sendOrTakeBack(response: Response, backup: MediaDoor['backup']): Promise<void> {
  try {
    await backup(response);
  } catch (error) {
    if (response.headersSent) return void response.destroy();
    response.removeHeader('Content-Disposition');
    throw error;
  }
}
