import { z } from 'zod';
import type { SourceChoice, StreamId } from '../live/index.ts';
import { resolvePushUrl } from '../protocol/rtmp/index.ts';
import type { AllStreams, ListedStreams } from './all-streams.ts';
import {
  type Call,
  nextCursor,
  notFound,
  type Operation,
  OperationError,
  operation,
  pageOf,
  pageQuery,
} from './base/index.ts';
import type { PushSetup } from './push-setup.ts';
import { appOf } from './resources.ts';
import { streamName, streamNames, streamOf } from './schemas.ts';
import { SharedAnswers } from './shared-answers.ts';
import type { StreamOverview } from './stream-overview.ts';
import { streamSchema } from './stream-schema.ts';

/** What the operations on streams need. */
export type StreamDoor = {
  /** Of all nodes. */
  readonly all: Pick<AllStreams, 'list' | 'find'>;
  /** Whether it is published here, or waits for its publisher. */
  readonly isHere: (id: StreamId) => boolean;
  /** False where it is not live. */
  readonly kick: (id: StreamId) => boolean;
  /** Puts a source on air; false where it gives no picture. */
  readonly chooseSource: (id: StreamId, choice: SourceChoice) => boolean;
  readonly pushSetup: (app: string, name: string) => PushSetup;
};

/** The domain that push URLs are made for. */
const SETUP_DOMAIN = 'default';
const MOST_STREAMS = 5000;
const USUAL_STREAMS = 1000;

const filter = pageQuery(MOST_STREAMS, USUAL_STREAMS).extend({
  domain: streamName.optional(),
  app: streamName.optional(),
});
const setupQuery = z.strictObject({ app: streamName.default('live'), name: streamName.default('demo') });
const setup = z
  .strictObject({
    obs: z.strictObject({ server: z.string(), streamKey: z.string() }),
    example: z.strictObject({ ffmpeg: z.string() }),
    urls: streamSchema.shape.urls,
  })
  .meta({ id: 'PushSetup' });

/** Streams that are live, and how to publish one. */
export function streamOperations(door: StreamDoor): readonly Operation[] {
  const answers = new SharedAnswers<ReturnType<typeof pageFor>>();
  return [
    operation({
      ...{ name: 'listStreams', area: 'Streams', method: 'get', path: '/streams', action: 'streams:read' },
      summary: 'The streams that are live or wait for their publisher, on all nodes',
      query: filter,
      answer: z.strictObject({
        streams: z.array(streamSchema),
        nextCursor,
        silentNodes: z.array(z.string()).optional().describe('Nodes that did not answer; their streams are missing'),
      }),
      run: async ({ query, permits, caller }) => {
        const all = await door.all.list();
        return answers.of(all, `${caller.rights} ${JSON.stringify(query)}`, () => pageFor(all, query, permits));
      },
    }),
    operation({
      ...{ name: 'getStream', area: 'Streams', method: 'get', action: 'streams:read' },
      path: '/streams/{domain}/{app}/{stream}',
      summary: 'One stream',
      params: streamNames,
      resource: appOf,
      answer: streamSchema,
      run: async ({ params }) => (await door.all.find(streamOf(params))) ?? notLive(),
    }),
    operation({
      ...{ name: 'kickStream', area: 'Streams', method: 'delete', action: 'streams:kick', at: 'owner' },
      path: '/streams/{domain}/{app}/{stream}',
      summary: "Ends a stream and its publisher's connection; block it to keep the publisher away",
      params: streamNames,
      resource: appOf,
      run: ({ params, done }) => {
        if (!door.kick(streamOf(params))) notLive();
        done(appOf(params), { stream: params.stream });
      },
    }),
    operation({
      ...{ name: 'chooseStreamSource', area: 'Streams', method: 'put', action: 'streams:kick', at: 'owner' },
      path: '/streams/{domain}/{app}/{stream}/source',
      summary: 'Puts the main or the backup source on air, at its next key frame, or leaves it to the rules again',
      description: 'What is put on air by hand stays there until it stalls or is gone, whatever becomes of the other.',
      params: streamNames,
      resource: appOf,
      body: z.strictObject({ source: z.enum(['main', 'backup', 'auto']) }),
      run: ({ params, body: { source }, done }) => {
        const id = streamOf(params);
        if (!door.isHere(id)) notLive();
        if (!door.chooseSource(id, source)) {
          const remedy = 'Look at the sources of the stream; begin to push the one that is missing.';
          throw new OperationError(409, 'SOURCE_NOT_READY', `the ${source} source gives no picture now`, remedy);
        }
        done(appOf(params), { stream: params.stream, source });
      },
    }),
    operation({
      ...{ name: 'getSetup', area: 'Streams', method: 'get', path: '/setup', action: 'streams:push-urls' },
      summary: 'What to type into an encoder, which is a secret',
      query: setupQuery,
      answer: setup,
      run: ({ query: { app, name }, require }) => {
        const asked = resolvePushUrl({ tcUrl: '', app, streamName: name });
        if (!asked.ok) {
          const remedy = 'Use letters, digits, - and _; an app may have up to four parts with / between them.';
          throw new OperationError(400, 'BAD_NAME', 'no stream can have this name', remedy);
        }
        require(appOf({ domain: SETUP_DOMAIN, app: asked.app }));
        return door.pushSetup(asked.app, asked.streamName);
      },
    }),
  ];
}

function pageFor({ streams: all, missing }: ListedStreams, query: z.output<typeof filter>, permits: Call['permits']) {
  const { domain, app } = query;
  const isWanted = (stream: StreamOverview) =>
    (domain === undefined || stream.domain === domain) && (app === undefined || stream.app === app);
  const wanted = all.filter((stream) => isWanted(stream) && permits(appOf(stream)));
  const { items: streams, ...rest } = pageOf(wanted, query, (each) => `${each.domain}\n${each.app}\n${each.name}`);
  return { streams, ...rest, ...(missing.length > 0 && { silentNodes: missing }) };
}

function notLive(): never {
  throw notFound('STREAM_NOT_LIVE', 'the stream is not live', 'List the streams.');
}
