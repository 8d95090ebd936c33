import { describe, expect, it } from 'vitest';
import { TestClock } from '../live/test-clock.ts';
import type { KeptClip } from './clip.ts';
import { Hotkeys } from './hotkeys.ts';
import type { MarkerToSet } from './markers.ts';

const id = { domain: 'd', app: 'live', name: 'demo' };

function keyboard(isMarkable = true) {
  const clock = new TestClock();
  const made: unknown[] = [];
  const hotkeys = new Hotkeys({
    clock,
    isMarkable: () => isMarkable,
    clips: {
      make: async (_id, asked) => {
        made.push(asked);
        return { id: String(made.length) } as KeptClip;
      },
    },
    markers: {
      set: async (_id, marker: MarkerToSet) => {
        made.push(marker);
        return { id: String(made.length), ...marker };
      },
    },
  });
  return { clock, made, hotkeys };
}

describe('Hotkeys', () => {
  it('takes presses within a second for one', async () => {
    const { clock, made, hotkeys } = keyboard();
    const presses = Array.from({ length: 50 }, () => hotkeys.clip(id, { title: 'x' }));
    clock.advance(999);
    presses.push(hotkeys.clip(id, {}));
    expect(new Set((await Promise.all(presses)).map((clip) => clip.id))).toEqual(new Set(['1']));
    expect(made).toEqual([{ wanted: { seconds: 30 }, title: 'x', by: 'hotkey' }]);
    clock.advance(1);
    expect((await hotkeys.clip(id, {})).id).toBe('2');
  });

  it('tells other lengths, names and streams apart', async () => {
    const { made, hotkeys } = keyboard();
    await hotkeys.clip(id, { seconds: 10 });
    await hotkeys.clip(id, { seconds: 20 });
    await hotkeys.clip({ ...id, name: 'other' }, { seconds: 10 });
    for (const name of ['a', 'b', ' a ']) await hotkeys.marker(id, name);
    expect(made).toHaveLength(5);
  });

  it('refuses a key that is held down, until some time has passed', async () => {
    const { clock, made, hotkeys } = keyboard();
    for (let press = 0; press < 10; press++) await hotkeys.marker(id, String(press));
    await expect(hotkeys.marker(id, 'x')).rejects.toMatchObject({ code: 'TOO_MANY_PRESSES', status: 429 });
    await hotkeys.marker({ ...id, name: 'other' }, 'x');
    clock.advance(5000);
    await hotkeys.marker(id, 'x');
    await expect(hotkeys.marker(id, 'y')).rejects.toMatchObject({ code: 'TOO_MANY_PRESSES' });
    clock.advance(60_000);
    for (let press = 0; press < 10; press++) await hotkeys.marker(id, String(press));
    expect(made).toHaveLength(22);
  });

  it('marks only what is live and kept', async () => {
    await expect(keyboard(false).hotkeys.marker(id, 'x')).rejects.toMatchObject({ code: 'NOT_MARKABLE' });
  });
});
