import { describe, expect, it } from 'vitest';
import type { StreamId } from '../live/index.ts';
import { compileRules, type RulesInput } from '../rules/index.ts';
import { keepRuleOf } from './keep-rule.ts';

const HOUR_MS = 3_600_000;
const idOf = (name: string): StreamId => ({ domain: 'default', app: 'live', name });

function ruleOf(streams: RulesInput['streams'], name: string, ownerOf = (id: StreamId) => id) {
  const result = compileRules({ streams });
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  const { compiled } = result;
  const settingsOf = (id: StreamId) => compiled.settingsFor(id.domain, id.app, id.name);
  return keepRuleOf({ ownerOf }, { rules: () => compiled, settingsOf })(idOf(name));
}

describe('keepRuleOf', () => {
  it.each([
    ['no rule, or none any more', {}, { keepMs: 24 * HOUR_MS, keepBytes: 0, storage: '', localMs: 6 * HOUR_MS }],
    ['time shift for longer', { timeShift: { enabled: true, days: 3 } }, { keepMs: 72 * HOUR_MS }],
    [
      'time shift for less than clips want',
      { timeShift: { enabled: true, days: 1 }, archive: { keepHours: 48 } },
      { keepMs: 48 * HOUR_MS },
    ],
    ['time shift that is off', { timeShift: { days: 30 }, archive: { keepHours: 1 } }, { keepMs: HOUR_MS }],
    ['a storage', { archive: { storage: 'cloud', localHours: 0 } }, { storage: 'cloud', localMs: HOUR_MS / 6 }],
  ])('%s', (_, settings, expected) => expect(ruleOf([settings], 'demo')).toMatchObject(expected));

  const shifted = (renditions: boolean) => [
    {
      match: { stream: 'demo' },
      transcode: { templates: ['lsd'] },
      timeShift: { enabled: true, days: 3, renditions },
      archive: { storage: 'cloud', keepBytes: 5 },
    },
  ];

  it("keeps a rendition as its source's rule wants it, live or not", () => {
    expect(ruleOf(shifted(true), 'demo_lsd')).toMatchObject({ keepMs: 72 * HOUR_MS, storage: 'cloud', keepBytes: 0 });
    expect(ruleOf(shifted(false), 'demo_lsd')).toMatchObject({ keepMs: 24 * HOUR_MS, storage: 'cloud' });
    expect(ruleOf(shifted(true), 'demo_wide')).toMatchObject({ keepMs: 24 * HOUR_MS, storage: '' });
    const live = ruleOf(shifted(true), 'demo_wide', () => idOf('demo'));
    expect(live).toMatchObject({ keepMs: 72 * HOUR_MS, storage: 'cloud' });
  });
});
