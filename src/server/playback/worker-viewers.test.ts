import { describe, expect, it } from 'vitest';
import type { FromWorker, ToWorker, WorkerReport } from './worker-messages.ts';
import { WorkerViewers } from './worker-viewers.ts';

const ID = { domain: 'default', app: 'live', name: 'one' };

function harness() {
  const told: (readonly [worker: number | 'all', message: ToWorker])[] = [];
  const sent = { bytes: 0 };
  const joined: number[] = [];
  const viewers = new WorkerViewers({
    line: {
      tell: (worker, message) => told.push([worker, message]),
      tellAll: (message) => told.push(['all', message]),
    },
    onSent: (_protocol, sizeBytes) => {
      sent.bytes += sizeBytes;
    },
    onJoined: (_protocol, seconds) => joined.push(seconds),
  });
  const open = (sessionId: string, worker: number) => {
    const viewer = {
      ...{ isTaken: false, endings: [] as (string | undefined)[] },
      ...{ traffic: { name: 'one', bytes: 0 }, sent: { bytes: 0 } },
    };
    viewers.open({
      ...{ worker, sessionId, protocol: 'flv', id: ID, traffic: viewer.traffic, sent: viewer.sent },
      taken: () => {
        viewer.isTaken = true;
      },
      remove: (ending) => viewer.endings.push(ending),
    });
    return viewer;
  };
  return { viewers, told, sent, joined, open };
}

const NOTHING: WorkerReport = {
  ...{ streams: [], grants: [], forgotten: [], hls: [], counts: { skips: {}, tooSlow: {}, refused: {} } },
  state: { copies: 0, hlsBytes: 0, residentBytes: 0, eventLoopDelaySeconds: 0, cpuSeconds: 0, descriptors: undefined },
};
const report = (part: Partial<WorkerReport>): FromWorker => ({ kind: 'report', report: { ...NOTHING, ...part } });

describe('WorkerViewers', () => {
  it('counts what workers say, until they say that the viewer left', () => {
    const { viewers, sent, joined, open } = harness();
    const viewer = open('s1', 1);
    viewers.heard(1, { kind: 'took', sessionId: 's1' });
    viewers.heard(1, { kind: 'joined', sessionId: 's1', seconds: 0.2 });
    viewers.heard(1, report({ streams: [['s1', 500]] }));
    viewers.heard(1, { kind: 'left', sessionId: 's1', ending: 'too_slow', bytes: 20 });
    viewers.heard(1, report({ streams: [['s1', 500]] }));
    expect(viewer).toMatchObject({
      isTaken: true,
      endings: ['too_slow'],
      traffic: { bytes: 520 },
      sent: { bytes: 520 },
    });
    expect({ ...sent, joined }).toEqual({ bytes: 520, joined: [0.2] });
  });

  it('takes back all that a dead worker had, and nothing of the others', () => {
    const { viewers, open } = harness();
    const [first, second, other] = [open('s1', 1), open('s2', 1), open('s3', 2)];
    viewers.gone(1);
    viewers.gone(1);
    expect([first.endings.length, second.endings.length, other.endings.length]).toEqual([1, 1, 0]);
    expect([viewers.countOf(1), viewers.countOf(2)]).toEqual([0, 1]);
  });

  it('sends a viewer away once, by the worker that has him', () => {
    const { viewers, told, open } = harness();
    const viewer = open('s1', 7);
    for (const id of ['s1', 's1', 'nobody']) viewers.close(id, 'REVOKED');
    expect(told).toEqual([[7, { kind: 'close', sessionId: 's1', reason: 'REVOKED' }]]);
    viewers.heard(7, { kind: 'left', sessionId: 's1', ending: 'left', bytes: 0 });
    expect(viewer.endings).toEqual([]);
  });

  it('knows what the numbers of reports stand for, by worker, until they are forgotten', () => {
    const { viewers } = harness();
    const heard: (readonly [key: string, bytes: number])[] = [];
    viewers.hearHls(({ key }, { bytes }) => heard.push([key, bytes]));
    const about = (key: string) => ({ key, id: ID, owner: ID, isSecure: false });
    const given = (bytes: number) => [{ grant: 1, bytes, mediaBytes: 0, answers: { 200: 1 } }];
    viewers.heard(1, report({ grants: [[1, about('a')]], hls: given(10) }));
    viewers.heard(2, report({ grants: [[1, about('b')]], hls: given(20) }));
    viewers.heard(1, report({ hls: given(30), forgotten: [1] }));
    viewers.heard(1, report({ hls: given(40) }));
    viewers.gone(2);
    viewers.heard(2, report({ hls: given(50) }));
    expect(heard).toEqual([
      ['a', 10],
      ['b', 20],
      ['a', 30],
    ]);
  });

  it('counts the rules up, and says so to all', () => {
    const { viewers, told } = harness();
    const before = viewers.rules;
    viewers.rulesChanged();
    expect(viewers.rules).toBe(before + 1);
    expect(told).toEqual([['all', { kind: 'rules', rules: before + 1 }]]);
  });
});
