import { diesWithParent } from '../ffmpeg/index.ts';
import { guardedAgent } from '../notify/index.ts';
import type { RelayDoor } from '../operations/index.ts';
import { Pulls, type RunFfmpeg, Sources, Transfers } from '../relay/index.ts';
import { FfmpegProcess } from '../transcode/index.ts';
import type { Base } from './base.ts';
import type { State } from './open-state.ts';
import type { Streams } from './open-streams.ts';
import { relayClaims } from './relay-claims.ts';
import { relayEntrance } from './relay-entrance.ts';
import { relayNews } from './relay-news.ts';
import { viewersOf } from './viewers-of.ts';

const SAMPLE_MS = 1000;

export type OpenedRelays = RelayDoor & {
  /** Pulls are left to other nodes. */
  readonly leave: () => void;
};

/** Streams that are fetched from other servers, and those that are pushed on to them. */
export function openRelays(base: Base, state: State, streams: Streams): OpenedRelays {
  const { clock, closer, metrics, log } = base;
  const { rules, rulesSource, status } = state;
  const { registry, events } = streams;
  const ffmpeg = status.ffmpeg?.path;
  const command = ffmpeg === undefined ? undefined : [...diesWithParent(), ffmpeg];
  const run: RunFfmpeg | undefined = command && ((options) => new FfmpegProcess({ command, ...options }));
  const dispatcher = guardedAgent({ setBy: 'administrator', connectTimeoutMs: 5000 });
  closer.add('connections of pulls', { close: () => dispatcher.destroy() });
  const sources = closer.add('sources', new Sources({ clock, dispatcher, run, onProcesses: streams.processesOf() }));
  const claims = relayClaims(base, state);
  const news = relayNews(base, events, (id) => registry.publicationOf(id)?.publisher.sessionId);
  const pulls = closer.add(
    'pulls',
    new Pulls({
      ...{ clock, viewersOf: viewersOf(streams), rules: () => rules().rules.pulls, claims },
      entrance: relayEntrance(base, state, streams),
      open: (url, listener) => sources.open(url, listener),
      onChange: news.pull,
    }),
  );
  closer.add('wishes for pulls', { close: registry.listen({ wanted: (id) => pulls.want(id) }) });
  const transfers = closer.add(
    'transfers',
    new Transfers({
      ...{ registry, clock, rules: () => rules().rules.transfers, onChange: news.transfer },
      onSent: () => {},
    }),
  );
  const reconcile = () => {
    pulls.reconcile();
    transfers.reconcile();
  };
  closer.add('rules of relays', { close: rulesSource.onChange(reconcile) });
  closer.add('metrics of relays', sampleRelays(metrics, { pulls, transfers }));
  const leave = () => {
    pulls.close();
    claims.release().catch((error) => log.warn({ error }, 'pulls could not be left to other nodes'));
  };
  // What is pulled stops because this server does.
  closer.add('stop of what is pulled', { close: () => events.stop() });
  return { pulls, transfers, leave };
}

function sampleRelays(metrics: Base['metrics'], { pulls, transfers }: RelayDoor): { close(): void } {
  let sent = new Map<string, number>();
  const sample = () => {
    metrics.pulls.reset();
    metrics.transfers.reset();
    for (const { pulls: each } of pulls.statuses()) for (const { state } of each) metrics.pulls.inc({ state });
    const now = new Map<string, number>();
    for (const { transfers: each } of transfers.statuses()) {
      for (const { transfer, destination, id, state, sentBytes } of each) {
        metrics.transfers.inc({ state });
        const key = JSON.stringify([transfer, destination, id]);
        now.set(key, sentBytes);
        metrics.transferredBytes.inc(Math.max(0, sentBytes - (sent.get(key) ?? 0)));
      }
    }
    sent = now;
  };
  const timer = setInterval(sample, SAMPLE_MS).unref();
  return { close: () => clearInterval(timer) };
}
