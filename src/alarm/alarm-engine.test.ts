import { beforeEach, describe, expect, it } from 'vitest';
import type { AlarmChannelRule, AlarmPolicyRule } from '../rules/index.ts';
import type { KeptAlarms } from '../store/index.ts';
import { AlarmBook } from './alarm-book.ts';
import { AlarmEngine } from './alarm-engine.ts';
import type { Observation } from './conditions/index.ts';

const SHOW = { kind: 'stream', name: 'd/a/show', domain: 'd', app: 'a', stream: 'show' } as const;
const CHANNEL = {
  ...{ id: 'hook', kind: 'webhook', enabled: true, url: 'https://hook.test/', to: [], codes: [], resendSeconds: 60 },
  severities: ['page', 'ticket', 'info'],
} satisfies AlarmChannelRule;

let kept: KeptAlarms | undefined;
let nowMs: number;
let wrong: Observation[] | undefined;
let events: string[];
let policies: AlarmPolicyRule[];
/** Resolves when the disk takes events. */
let disk: Promise<void>;

const seen = (code: Observation['code'], severity?: Observation['severity']): Observation => ({
  ...{ code, subject: SHOW, sentence: 'It is so.', holdMs: 1000 },
  ...(severity && { severity }),
});

/** A node that starts now, with what was kept of the one before; no database is there. */
function started() {
  const keep = async (all: KeptAlarms) => {
    kept = structuredClone(all);
  };
  const book = new AlarmBook({ kept, keep, onFailure: () => undefined });
  const away = async () => {
    throw new Error('away');
  };
  const engine = new AlarmEngine({
    ...{ book, nodeId: 'n', node: 'one', nowMs: () => nowMs, wallMs: () => nowMs, policies: () => policies },
    tables: { isReady: false, raise: away, clear: away },
    conditions: [
      { codes: ['STREAM_OFFLINE', 'BITRATE_LOW', 'CERTIFICATE_EXPIRING'], scope: 'node', look: () => wrong },
    ],
    channels: () => [CHANNEL],
    event: async (kind, { code, severity }) => {
      await disk;
      events.push(`${kind} ${code} ${severity}`);
    },
    onError: (error) => {
      throw error;
    },
  });
  const after = async (ms: number) => {
    for (const end = nowMs + ms; nowMs < end; ) {
      nowMs += 500;
      await engine.look();
    }
  };
  const notices = () => [...book.notices.values()].map(({ kind, alarm }) => `${kind} ${alarm.code} ${alarm.severity}`);
  return { book, after, notices };
}

beforeEach(() => {
  kept = undefined;
  nowMs = 0;
  wrong = [];
  events = [];
  policies = [];
  disk = Promise.resolve();
});

describe('AlarmEngine', () => {
  it('raises and clears once, over a restart in between', async () => {
    wrong = [seen('STREAM_OFFLINE')];
    await started().after(5000);
    const again = started();
    await again.after(5000);
    wrong = [];
    await again.after(20_000);
    expect(again.notices()).toEqual(['alarm_raised STREAM_OFFLINE page', 'alarm_cleared STREAM_OFFLINE page']);
    expect(events).toEqual(again.notices());
    await started().after(20_000);
    expect(events).toHaveLength(2);
  });

  it('does not flap with what comes and goes', async () => {
    const node = started();
    for (let times = 0; times < 10; times++) {
      wrong = [seen('STREAM_OFFLINE')];
      await node.after(500);
      wrong = [];
      await node.after(500);
    }
    expect(events).toEqual([]);
    wrong = [seen('STREAM_OFFLINE')];
    await node.after(2000);
    for (let times = 0; times < 10; times++) {
      wrong = times % 2 === 0 ? [] : [seen('STREAM_OFFLINE')];
      await node.after(1000);
    }
    expect(events).toEqual(['alarm_raised STREAM_OFFLINE page']);
  });

  it('leaves out what only follows, also while its cause is not raised yet', async () => {
    const node = started();
    wrong = [{ ...seen('STREAM_OFFLINE'), holdMs: 60_000 }, seen('BITRATE_LOW')];
    await node.after(90_000);
    expect(events).toEqual(['alarm_raised STREAM_OFFLINE page']);
  });

  it('leaves all as it is while a condition cannot tell', async () => {
    const node = started();
    wrong = [seen('STREAM_OFFLINE')];
    await node.after(2000);
    wrong = undefined;
    await node.after(60_000);
    expect(node.book.open().size).toBe(1);
  });

  it('tells again what became more severe, and no more when it becomes less so', async () => {
    const node = started();
    for (const severity of ['info', 'ticket', 'page', 'info'] as const) {
      wrong = [seen('CERTIFICATE_EXPIRING', severity)];
      await node.after(2000);
    }
    expect(node.notices()).toEqual(
      ['info', 'ticket', 'page'].map((each) => `alarm_raised CERTIFICATE_EXPIRING ${each}`),
    );
  });

  it('keeps channels quiet during a silence, and tells them at its end what is still open', async () => {
    const node = started();
    const silence = { id: 's', code: 'STREAM_*', subject: 'd/*', untilMs: 10_000, createdAtMs: 0, by: 'ann' };
    node.book.putSilence({ ...silence, reason: 'why', isDeleted: false, updatedAtMs: 0, isUnsynced: false });
    wrong = [seen('STREAM_OFFLINE')];
    await node.after(9000);
    expect([node.book.open().size, node.notices()]).toEqual([1, []]);
    await node.after(3000);
    expect(node.notices()).toEqual(['alarm_raised STREAM_OFFLINE page']);
  });

  it('tells channels though the disk takes no events, and keeps them once it does', async () => {
    let takesAgain = () => {};
    disk = new Promise((resolve) => {
      takesAgain = resolve;
    });
    const node = started();
    wrong = [seen('STREAM_OFFLINE')];
    await node.after(5000);
    expect(node.notices()).toEqual(['alarm_raised STREAM_OFFLINE page']);
    wrong = [];
    await node.after(20_000);
    expect([node.notices().length, events]).toEqual([2, []]);
    takesAgain();
    await node.after(1000);
    expect(events).toEqual(node.notices());
  });

  it('follows the policies', async () => {
    const node = started();
    policies = [{ name: 'STREAM_OFFLINE', enabled: false }];
    wrong = [seen('STREAM_OFFLINE')];
    await node.after(5000);
    expect(events).toEqual([]);
    policies = [{ name: 'STREAM_OFFLINE', enabled: true, severity: 'info', holdSeconds: 0 }];
    await node.after(500);
    expect(events).toEqual(['alarm_raised STREAM_OFFLINE info']);
  });
});
