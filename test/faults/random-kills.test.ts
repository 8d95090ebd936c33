import { beforeAll, describe, expect, it } from 'vitest';
import { actionsOf } from '../support/callback-receiver.ts';
import { type Outcome, randomKills } from './random-kills/scenario.ts';

const MINUTES = Number(process.env.FAULT_MINUTES ?? 1);
const SEED = Number(process.env.FAULT_SEED ?? Math.floor(Math.random() * 1e6));
const ENCODERS = 20;
const VIEWERS = 300;
const MEGABYTES = 1e6;
/** Each of two playback workers keeps so many connections to the server at rest, for what it passes on. */
const RESTING = 2 * 32;

let outcome: Outcome;
beforeAll(
  async () => {
    console.log(`random kills: FAULT_MINUTES=${MINUTES} FAULT_SEED=${SEED}`);
    outcome = await randomKills({ minutes: MINUTES, seed: SEED, encoders: ENCODERS, viewers: VIEWERS, everyMs: 5000 });
    console.log(JSON.stringify({ ...outcome, callbacks: outcome.callbacks.received.length }));
  },
  MINUTES * 60_000 + 600_000,
);

describe('server, playback workers, FFmpeg and PostgreSQL killed at random under load', () => {
  it('let no viewer be stuck, no media sequence and no time go back', () => {
    expect(outcome.flaws).toEqual([]);
    expect(outcome.kills.server).toBeGreaterThan(0);
  });

  it('leave every callback told, in order', () => {
    for (let n = 0; n < ENCODERS; n++) {
      const actions = actionsOf(outcome.callbacks, 'apsara', `s${n}`);
      expect(actions.length).toBeGreaterThan(1);
      const expected = actions.map((_, index) => (index % 2 === 0 ? 'publish' : 'publish_done'));
      expect([n, actions]).toEqual([n, expected]);
      expect([n, actions.at(-1)]).toEqual([n, 'publish_done']);
    }
  });

  it('lose no recording that was told of', () => {
    expect(outcome.recordedFiles).toBeGreaterThan(0);
    expect(outcome.missingFiles).toEqual([]);
  });

  it('leave no process, descriptor or memory behind', () => {
    expect(outcome.exitCode).toBe(0);
    expect(outcome.orphans).toEqual([]);
    expect(outcome.after.descriptors).toBeLessThan(outcome.before.descriptors + RESTING + 15);
    expect(outcome.after.residentBytes).toBeLessThan(outcome.before.residentBytes + 300 * MEGABYTES);
  });
});
