import { expect, it } from 'vitest';
import { type Publication, Registry } from '../live/index.ts';
import { TestClock } from '../live/test-clock.ts';
import { createLogger } from '../log/index.ts';
import { logStreams } from './log-streams.ts';

const PLAN = { firstSegment: 1, segmentMs: 2000, partMs: 300, longestSegmentMs: 20_000 };
const SETTINGS = {
  secondPublisher: 'refuse',
  waitMs: 15_000,
  waitAfterUnpublish: false,
  ghostMs: 3000,
  idleMs: 10_000,
} as const;

it('says how publishes ended, and which streams were given up', () => {
  const clock = new TestClock();
  const registry = new Registry({ clock, maxHeldRequests: 1, onReaderError: () => {} });
  const lines: string[] = [];
  const log = createLogger({ level: 'info', destination: { write: (line) => void lines.push(line) } });
  logStreams(registry, clock, log);
  const publish = (sessionId: string): Publication => {
    const id = { domain: 'default', app: 'live', name: 'demo' };
    const setup = { ...SETTINGS, plan: PLAN, cache: { maxBytes: 1e6, maxMs: 20_000 } };
    const result = registry.publish(id, { sessionId, dismissed: () => {} }, () => setup);
    if (!result.ok) throw new Error(result.code);
    return result.publication;
  };
  const first = publish('a');
  clock.advance(2500);
  first.lost();
  clock.advance(5000);
  publish('b').unpublish();
  publish('c').lost();
  clock.advance(15_000);
  const said = lines
    .map((line) => JSON.parse(line))
    .map(({ message, session, ending, seconds }) =>
      [message, session, ending, seconds].filter((each) => each !== undefined).join(' '),
    );
  expect(said).toEqual([
    'publish ended a LOST 2.5',
    'publish ended b UNPUBLISHED 0',
    'publish ended c LOST 0',
    'stream ended, its publisher did not come back',
  ]);
});
