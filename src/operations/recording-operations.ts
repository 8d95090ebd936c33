import { z } from 'zod';
import type { StreamId } from '../live/index.ts';
import { nextCursor, notFound, type Operation, operation, pageOf, pageQuery } from './base/index.ts';
import { onePage } from './gather.ts';
import type { RecordingEntry, Recordings } from './recordings.ts';
import { appOf } from './resources.ts';
import { isoOf, nodeName, silentNodes, sortableMs, streamName, streamNames, streamOf, time } from './schemas.ts';

export type RecordCommand = z.output<typeof command>['command'];

/** What the operations on recordings need. */
export type RecordingDoor = {
  readonly recordings: Recordings;
  /** Throws RecordingError where it can't be done now. */
  readonly command: (id: StreamId, command: RecordCommand) => void;
};

const filter = pageQuery(500, 50).extend({
  domain: streamName.optional(),
  app: streamName.optional(),
  stream: streamName.optional(),
});
const command = z.strictObject({ command: z.enum(['start', 'stop', 'restart', 'cancel_delay']) });
/** The names of one recording. */
export const recordingNames = streamNames.extend({ id: z.string().min(1).max(64) });
const recordingSchema = z
  .strictObject({
    id: z.string(),
    domain: z.string(),
    app: z.string(),
    stream: z.string(),
    format: z.enum(['mp4', 'flv', 'm3u8', 'cmaf']),
    storage: z.string(),
    object: z.string(),
    contentType: z.string(),
    startedAt: time,
    endedAt: time,
    durationSeconds: z.number().describe('Of the media, without gaps'),
    sizeBytes: z.int().describe('With its slices'),
    firstSegment: z.int(),
    lastSegment: z.int(),
    missingSegments: z.int().exactOptional().describe('Those that could not be read any more'),
    url: z.string(),
    node: nodeName,
  })
  .meta({ id: 'Recording' });

/** Recordings: list, delete, and the commands that begin and end them. */
export function recordingOperations({ recordings, command: run }: RecordingDoor): readonly Operation[] {
  const area = 'Recordings';
  return [
    operation({
      ...{ name: 'listRecordings', area, method: 'get', path: '/recordings', action: 'recordings:read' },
      summary: 'What was recorded, the newest first',
      query: filter,
      answer: z.strictObject({ recordings: z.array(recordingSchema), nextCursor, silentNodes }),
      gather: onePage<z.output<typeof recordingSchema>>('recordings', keyOf, { order: 'descending' }),
      run: async ({ query, permits }) => {
        const all = await recordings.list(query, (id) => permits(appOf(id)));
        const { items, ...rest } = pageOf(all.map(shown), query, keyOf, 'descending');
        return { recordings: items, ...rest };
      },
    }),
    operation({
      ...{ name: 'deleteRecording', area, method: 'delete', action: 'recordings:delete', resource: appOf },
      at: 'holder',
      path: '/recordings/{domain}/{app}/{stream}/{id}',
      summary: 'Deletes a recording with its files',
      params: recordingNames,
      run: async ({ params, done }) => {
        const id = streamOf(params);
        const recording = (await recordings.find(id, params.id)) ?? noRecording();
        await recordings.delete(id, recording);
        done(appOf(params), { stream: params.stream, recording: recording.id });
      },
    }),
    operation({
      ...{ name: 'commandRecording', area, method: 'post', action: 'recordings:command', resource: appOf },
      at: 'owner',
      path: '/streams/{domain}/{app}/{stream}/record',
      summary: 'Starts or stops the recording of a stream that is live',
      params: streamNames,
      body: command,
      run: ({ params, body, done }) => {
        run(streamOf(params), body.command);
        done(appOf(params), { stream: params.stream, command: body.command });
      },
    }),
  ];
}

/** Orders recordings by their beginning; the id tells those apart that began together. */
const keyOf = ({ startedAt, id }: Pick<z.output<typeof recordingSchema>, 'startedAt' | 'id'>) =>
  `${sortableMs(Date.parse(startedAt))} ${id}`;

export function noRecording(): never {
  throw notFound('RECORDING_NOT_FOUND', 'there is no such recording', 'List the recordings.');
}

function shown({ stream, startMs, endMs, durationMs, slices: _, ...recording }: RecordingEntry) {
  const { domain, app, name } = stream;
  const path = [domain, app, name, recording.id].map(encodeURIComponent).join('/');
  return {
    ...recording,
    domain,
    app,
    stream: name,
    startedAt: isoOf(startMs),
    endedAt: isoOf(endMs),
    durationSeconds: durationMs / 1000,
    url: `/api/v1/recordings/${path}/${recording.object.split('/').map(encodeURIComponent).join('/')}`,
  };
}
