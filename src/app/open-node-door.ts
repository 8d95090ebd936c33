import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  NodeDoor,
  type Ownership,
  type PublisherAnswer,
  SourceDoor,
  StreamDoor,
  streamOfNames,
  takeQuestion,
  type ViewerPeer,
} from '../cluster/index.ts';
import type { Registry, StreamId } from '../live/index.ts';
import type { Packagers } from '../server/playback/index.ts';
import type { Ladders } from '../transcode/index.ts';
import type { Base } from './base.ts';
import { clusterServer } from './cluster-door.ts';
import type { Members } from './cluster-members.ts';
import { listen } from './listen.ts';
import type { State } from './open-state.ts';
import { sourceEntrance } from './source-entrance.ts';

export type AnswerViewer = (peer: ViewerPeer, request: IncomingMessage, response: ServerResponse) => void;

type Streams = Parameters<typeof sourceEntrance>[2] & { readonly packagers: Packagers; readonly ladders: Ladders };

/** What a node may have waiting for another one, beside what a copy begins with. */
const QUEUE_BYTES = 32 * 1024 * 1024;
const STALL_MS = 5000;

/** What the other nodes come to here: for copies of streams, with sources of them, with questions. */
export function openNodeDoor(base: Base, state: State, all: Streams, members: Members, ownership: Ownership) {
  const { config, log, clock, metrics } = base;
  const { registry, packagers, ladders } = all;
  const { self, token, tls, onRefused } = members;
  const streams = new StreamDoor({
    ...{ clock, node: self.nodeId, maxBytes: QUEUE_BYTES, stallMs: STALL_MS, token, onRefused },
    epochOf: (id) => ownership.epochOf(id) || (ownership.ownerOf(id)?.epoch ?? 0),
    find: (id, signal) => registry.whenOwn(id, 0, signal),
    findHere: (id) => registry.find(id),
    listedBefore: (stream, segment) => packagers.listedBefore(stream, segment),
    renditionsOf: ({ id: of }) => ladders.renditionsOf(of).map(({ id, ...rest }) => ({ ...rest, name: id.name })),
    runningOf: (stream) => ({
      isPackaged: packagers.peek(stream.id) !== undefined,
      renditions: [...registry.renditionsOf(stream)].map(({ id }) => id.name),
    }),
    onSent: (bytes) => metrics.copyBytes.inc({ direction: 'out' }, bytes),
    onTooSlow: () => metrics.copyEvents.inc({ event: 'too_slow' }),
  });
  const sources = new SourceDoor({ clock, token, onRefused, enter: sourceEntrance(base, state, all) });
  const onError = (error: unknown) => log.error({ error }, 'a question of another node could not be answered');
  const questions = new NodeDoor({ token, onRefused, onError });
  questions.on('GET publishers', ({ names }) => publisherAnswer(registry, streamOfNames(names)));
  const upgrade = (request: IncomingMessage, socket: Duplex) => {
    if (sources.upgrade(request, socket)) return;
    streams.upgrade(request, socket).catch((error) => {
      log.error({ error }, 'a stream could not be sent to another node');
      socket.destroy();
    });
  };
  let answerViewer: AnswerViewer = (_peer, _request, response) => response.writeHead(503).end();
  const request = (asked: IncomingMessage, response: ServerResponse) => {
    const peer = takeQuestion(asked, token);
    if (peer) answerViewer(peer, asked, response);
    else void questions.handle(asked, response);
  };
  const server = clusterServer({ tls, upgrade, request, onRefused });
  return {
    ...{ streams, sources, questions },
    async open(answer: AnswerViewer) {
      answerViewer = answer;
      const { host, port } = config.cluster;
      await listen(server, { what: 'Cluster', host, port });
      log.info({ address: self.address, tls: tls !== undefined }, 'node of a cluster');
    },
    /** Once copies have what was under way to them, or a moment later. */
    async close() {
      await streams.close();
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Whether somebody sends a stream that is published here; one who sends nothing makes room for others. */
function publisherAnswer(registry: Registry, id: StreamId | undefined): PublisherAnswer | undefined {
  const publications = id && registry.sourcesOf(id)?.publications;
  if (!publications) return undefined;
  const sending = [...publications].filter(([, each]) => each.silentMs() < each.settings.ghostMs);
  return { state: sending.length > 0 ? 'live' : 'waiting', roles: sending.map(([role]) => role) };
}
