import type { Nodes, StreamCopies, StreamDoor } from '../cluster/index.ts';
import type { Clock } from '../live/index.ts';
import type { Metrics } from '../metrics/index.ts';

const SAMPLE_MS = 1000;

type Sources = {
  readonly nodes: Nodes;
  readonly copies: StreamCopies;
  readonly door: StreamDoor;
  readonly clock: Clock;
};

/** How the cluster is seen from here, once a second; returns what stops it. */
export function sampleCluster(metrics: Metrics, { nodes, copies, door, clock }: Sources): () => void {
  const timer = setInterval(() => {
    metrics.clusterNodes.set(nodes.present().length);
    metrics.copiesSent.set(door.count);
    const pulls = [...copies.pulls()];
    const receiving = pulls.filter(({ isReceiving }) => isReceiving);
    metrics.copies.set({ state: 'receiving' }, receiving.length);
    metrics.copies.set({ state: 'waiting' }, pulls.length - receiving.length);
    const lags = receiving.map(({ copied }) => (copied.lastWallMs ? clock.wallMs() - copied.lastWallMs : 0));
    metrics.copyLag.set(Math.max(0, ...lags) / 1000);
  }, SAMPLE_MS).unref();
  return () => clearInterval(timer);
}
