import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tempDir } from '../../test/support/temp-dir.ts';
import type { Archive } from '../archive/index.ts';
import type { StreamId } from '../live/index.ts';
import type { Recording } from '../record/index.ts';
import { MarkerKeeping } from './marker-keeping.ts';
import { Markers } from './markers.ts';

const NOON = Date.parse('2026-11-29T12:00:00Z');
const DAY = 86_400_000;
const source = { domain: 'd', app: 'live', name: 'demo' };
const rendition = { ...source, name: 'demo_lsd' };

let dir: Awaited<ReturnType<typeof tempDir>>;
beforeEach(async () => {
  dir = await tempDir('keeping');
});
afterEach(() => dir.remove());

/** The days whose markers are left, of one set on each of the last ten. */
async function left({
  archived,
  recorded = [],
}: {
  archived: Record<string, string[]>;
  recorded?: Partial<Recording>[];
}) {
  const markers = new Markers({ folderOf: ({ name }) => join(dir.path, name), nowMs: () => NOON });
  for (let days = 0; days < 10; days++) await markers.set(source, { atWallMs: NOON - days * DAY, name: '', by: '' });
  const archive = {
    async *streams() {
      yield source;
      yield rendition;
    },
    stream: ({ name }: StreamId) => ({ days: async () => (archived[name] ?? []).map((day) => ({ name: day })) }),
  };
  const keeping = new MarkerKeeping({
    archive: archive as unknown as Archive,
    recordings: { all: async (id) => (id === source ? (recorded as Recording[]) : []) },
    markers,
    ownerOf: () => source,
    wallMs: () => NOON,
    log: {} as never,
  });
  await keeping.tidy();
  return (await markers.days(source)).map((day) => day.slice(8));
}

describe('MarkerKeeping', () => {
  it('leaves those of today and yesterday', async () => {
    expect(await left({ archived: {} })).toEqual(['28', '29']);
  });

  it('leaves those of days in the archive, also of a rendition, and of the night behind', async () => {
    expect(await left({ archived: { demo: ['2026-11-22'], demo_lsd: ['2026-11-25'] } })).toEqual([
      ...['22', '23', '25', '26', '28', '29'],
    ]);
  });

  it('leaves those of recordings, though the archive has nothing of them any more', async () => {
    const recorded = [{ startMs: NOON - 7 * DAY, endMs: NOON - 6 * DAY + DAY / 2 }];
    expect(await left({ archived: {}, recorded })).toEqual(['22', '23', '24', '28', '29']);
  });
});
