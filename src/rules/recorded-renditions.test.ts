import { describe, expect, it } from 'vitest';
import { compileRules } from './compile.ts';
import { unmadeRenditions } from './recorded-renditions.ts';
import type { RulesInput } from './schema.ts';

const templateGroups = [{ name: 'both', templates: ['lsd', 'lhd'] }];
const compile = (streams: RulesInput['streams']) => compileRules({ streams, templateGroups });
const record = { enabled: true, renditions: [{ templates: ['lsd'] }] };
const transcode = { templates: ['lsd'] };

describe('renditions that are to be recorded', () => {
  it.each<[string, boolean, RulesInput['streams']]>([
    ['that the same rule makes', true, [{ record, transcode }]],
    ['that a group of the same rule makes', true, [{ record, transcode: { groups: ['both'] } }]],
    ['that a wider rule makes', true, [{ transcode }, { match: { app: 'live' }, record }]],
    ['that a narrower rule makes of some', true, [{ match: { stream: 'vip*' }, transcode }, { record }]],
    [
      'that rules across make of some',
      true,
      [
        { match: { app: 'li*', stream: '*b' }, transcode },
        { match: { app: '*ve', stream: 'a*' }, record },
      ],
    ],
    ['that nobody makes', false, [{ record }]],
    ['while the rule makes another', false, [{ record, transcode: { templates: ['lhd'] } }]],
    [
      'that a wider rule makes of others only',
      false,
      [{ transcode }, { record, match: { app: 'live' }, transcode: { templates: [] } }],
    ],
    [
      'that another app has',
      false,
      [
        { match: { app: 'live' }, record },
        { match: { app: 'vod' }, transcode },
      ],
    ],
    [
      'that streams of other names have',
      false,
      [
        { match: { stream: 'a*' }, record },
        { match: { stream: 'b*' }, transcode },
      ],
    ],
  ])('%s: taken %s', (_, isTaken, streams) => {
    const result = compile(streams);
    expect(result.ok ? [] : result.errors).toEqual(
      isTaken
        ? []
        : [
            {
              path: expect.stringMatching(/^streams\[[01]\]\.record\.renditions\[0\]\.templates\[0\]$/),
              message: expect.stringContaining('these streams have no rendition lsd, and nothing would be recorded'),
            },
          ],
    );
  });

  it('are told of a stream where only some of the streams get them', () => {
    const result = compile([{ match: { stream: 'vip*' }, transcode: { groups: ['both'] } }, { record }]);
    if (!result.ok) throw new Error('refused');
    const unmadeOf = (name: string) =>
      unmadeRenditions(result.compiled.settingsFor('default', 'live', name), result.compiled);
    expect(unmadeOf('vip1')).toEqual([]);
    expect(unmadeOf('other')).toEqual(['lsd']);
  });
});
