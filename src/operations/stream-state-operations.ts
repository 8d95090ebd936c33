import { z } from 'zod';
import type { Block, ViewerSession } from '../access/index.ts';
import type { PublishedSession } from '../store/index.ts';
import { nextCursor, notFound, type Operation, operation, pageOf, pageQuery } from './base/index.ts';
import { onePage } from './gather.ts';
import { publishSession, shownSession } from './history-operations.ts';
import { appOf } from './resources.ts';
import { isoOf, nodeName, silentNodes, streamNames, time } from './schemas.ts';
import { type StreamOverview, viewersTogether } from './stream-overview.ts';
import { streamSchema } from './stream-schema.ts';

type Named = { readonly domain: string; readonly app: string; readonly stream: string };

/** What the operations on one stream and its viewers need. */
export type StreamStateDoor = {
  /** Undefined where it is not live and does not wait for its publisher. */
  readonly live: (named: Named) => Promise<StreamOverview | undefined>;
  readonly blockOf: (named: Named) => Block | undefined;
  /** The last publish that is written down; undefined while the database is away. */
  readonly lastSession: (named: Named) => Promise<PublishedSession | 'none' | undefined>;
  readonly viewers: () => Iterable<ViewerSession>;
  readonly viewer: (sessionId: string) => ViewerSession | undefined;
  readonly kickViewer: (sessionId: string) => void;
};

const door = z.enum(['flv', 'ws-flv', 'rtmp', 'hls']);
const counts = streamSchema.shape.viewers;
const streamState = z
  .strictObject({
    ...streamNames.shape,
    state: z.enum(['online', 'waiting', 'offline']).describe('`waiting`: the publisher was lost and may come back'),
    online: streamSchema.optional(),
    blocked: z.strictObject({ since: time, until: time, reason: z.string(), by: z.string() }).optional(),
    lastSession: publishSession.optional().describe('The last publish that is written down, also of an open one'),
    isHistoryKnown: z.boolean().describe('False while the database is away'),
  })
  .meta({ id: 'StreamState' });
const viewer = z
  .strictObject({
    ...{ sessionId: z.string(), door, address: z.string(), openedAt: time },
    plays: z.string().describe('The stream or the rendition of it'),
    uid: z.string().optional().describe('Of the signature'),
    node: nodeName,
  })
  .meta({ id: 'Viewer' });
const viewedStream = z
  .strictObject({ ...streamNames.shape, total: z.int(), viewers: counts })
  .meta({ id: 'ViewedStream' });

const viewerNames = streamNames.extend({ sessionId: z.string().min(1).max(64) });

const area = 'Streams';

/** How a stream is, and who watches. */
export function streamStateOperations(source: StreamStateDoor): readonly Operation[] {
  return [
    operation({
      ...{ name: 'getStreamState', area, method: 'get', action: 'streams:read' },
      path: '/streams/{domain}/{app}/{stream}/state',
      summary: 'Whether a stream is online, blocked, and when it was published last',
      params: streamNames,
      resource: appOf,
      answer: streamState,
      run: async ({ params }) => {
        const live = await source.live(params);
        const block = source.blockOf(params);
        const last = await source.lastSession(params);
        return {
          ...params,
          state: stateOf(live),
          ...(live && { online: live }),
          ...(block && { blocked: shownBlock(block) }),
          ...(last !== undefined && last !== 'none' && { lastSession: shownSession(last) }),
          isHistoryKnown: last !== undefined,
        };
      },
    }),
    operation({
      ...{ name: 'listViewedStreams', area, method: 'get', path: '/viewers', action: 'streams:read' },
      summary: 'How many watch each stream, and at which door',
      description: 'Who opened a rendition by its own name is counted under that.',
      query: pageQuery(),
      answer: z.strictObject({ streams: z.array(viewedStream), nextCursor, silentNodes }),
      gather: onePage('streams', keyOfStream, { merge: watchedTogether }),
      run: ({ permits, query }) => {
        const viewed = countByStream(source.viewers()).filter((each) => permits(appOf(each)));
        const { items, ...rest } = pageOf(viewed, query, keyOfStream);
        return { streams: items, ...rest };
      },
    }),
    operation({
      ...{ name: 'listViewers', area, method: 'get', action: 'streams:read' },
      path: '/streams/{domain}/{app}/{stream}/viewers',
      summary: 'Who watches a stream, on which node',
      params: streamNames,
      resource: appOf,
      query: pageQuery().extend({ door: door.optional() }),
      answer: z.strictObject({ viewers: z.array(viewer), nextCursor, silentNodes }),
      gather: onePage<z.output<typeof viewer>>('viewers', ({ sessionId }) => sessionId),
      run: ({ params: { domain, app, stream }, query: { door: wanted, ...page } }) => {
        const here = [...source.viewers()].filter(
          (each) =>
            each.stream === stream &&
            each.app === app &&
            each.domain === domain &&
            (wanted === undefined || each.protocol === wanted),
        );
        const { items, ...rest } = pageOf(here, page, ({ sessionId }) => sessionId);
        return { viewers: items.map(shownViewer), ...rest };
      },
    }),
    operation({
      ...{ name: 'kickViewer', area, method: 'delete', action: 'streams:kick', at: 'holder' },
      path: '/streams/{domain}/{app}/{stream}/viewers/{sessionId}',
      summary: 'Sends a viewer away, who may come back: a rule or a block keeps people away',
      params: viewerNames,
      resource: appOf,
      run: ({ params, done }) => {
        const { sessionId, ...of } = params;
        const found = source.viewer(sessionId);
        if (!found || keyOfStream(found) !== keyOfStream(of)) {
          throw notFound('VIEWER_NOT_FOUND', 'nobody watches the stream under this session', 'List its viewers.');
        }
        source.kickViewer(sessionId);
        done(appOf(params), { stream: params.stream, viewer: found.address });
      },
    }),
  ];
}

const keyOfStream = ({ domain, app, stream }: Named) => `${domain}\n${app}\n${stream}`;

function stateOf(live: StreamOverview | undefined): z.input<typeof streamState>['state'] {
  if (live === undefined || live.state === 'ended') return 'offline';
  return live.state === 'waiting' ? 'waiting' : 'online';
}

function shownBlock({ sinceMs, untilMs, reason, by }: Block) {
  return { since: isoOf(sinceMs), until: isoOf(untilMs), reason, by };
}

function shownViewer(session: ViewerSession): z.input<typeof viewer> {
  const { sessionId, protocol, address, openedAtMs, uid, stream, plays } = session;
  return {
    ...{ sessionId, door: door.parse(protocol), address, openedAt: isoOf(openedAtMs) },
    plays: plays?.() ?? stream,
    ...(uid !== undefined && { uid }),
  };
}

type ViewedStream = z.output<typeof viewedStream>;

function watchedTogether(one: ViewedStream, other: ViewedStream): ViewedStream {
  return { ...one, total: one.total + other.total, viewers: viewersTogether(one.viewers, other.viewers) };
}

function countByStream(viewers: Iterable<ViewerSession>): ViewedStream[] {
  const counted = new Map<string, ViewedStream>();
  for (const { domain, app, stream, protocol } of viewers) {
    const key = `${domain}\n${app}\n${stream}`;
    const known = counted.get(key);
    const at = known ?? { domain, app, stream, total: 0, viewers: { flv: 0, wsFlv: 0, rtmp: 0, hls: 0 } };
    if (!known) counted.set(key, at);
    at.total++;
    at.viewers[protocol === 'ws-flv' ? 'wsFlv' : (protocol as 'flv' | 'rtmp' | 'hls')]++;
  }
  return [...counted.values()];
}
