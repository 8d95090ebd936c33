import { describe, expect, it } from 'vitest';
import { BUILT_IN_TEMPLATES } from './built-in-templates.ts';
import { compileRules } from './compile.ts';
import type { RulesInput } from './schema.ts';

const problems = (rules: unknown) => {
  const compiled = compileRules(rules);
  return compiled.ok ? [] : compiled.errors.map(({ path, message }) => `${path}: ${message}`);
};
const withTemplate = (template: unknown) => ({ templates: [template] }) as RulesInput;

describe('templates', () => {
  it('has ApsaraVideo Live own ones, with its figures', () => {
    const figures = ['lld', 'lsd', 'lhd', 'lud'].map((name) => {
      const video = BUILT_IN_TEMPLATES.get(name)?.video;
      return video === 'none' || !video ? [name] : [name, video.shortSide, video.bitrateKbps, video.codec];
    });
    expect(figures).toEqual([
      ['lld', 360, 470, 'h264'],
      ['lsd', 432, 680, 'h264'],
      ['lhd', 648, 1500, 'h264'],
      ['lud', 1080, 2500, 'h264'],
    ]);
    for (const name of 'ld sd hd ud lld-ll lsd265 lud265-ll lsd540 lsd540-ll lsd265-540 lsd265-540-ll'.split(' ')) {
      expect(BUILT_IN_TEMPLATES.has(name)).toBe(true);
    }
  });

  it('are found by name, custom ones too', () => {
    const compiled = compileRules({
      streams: [{ match: { app: 'live' }, transcode: { templates: ['lsd', 'mine'], lazy: false } }],
      templates: [{ name: 'mine', video: { shortSide: 240 } }],
    });
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.errors));
    expect(compiled.compiled.settingsFor('default', 'live', 'one').transcode).toEqual({
      templates: ['lsd', 'mine'],
      groups: [],
      eager: [],
      watermarks: [],
      lazy: false,
    });
    expect(compiled.compiled.settingsFor('default', 'other', 'one').transcode).toEqual({
      templates: [],
      groups: [],
      eager: [],
      watermarks: [],
      lazy: true,
    });
    expect(compiled.compiled.template('mine')).toMatchObject({ video: { shortSide: 240, codec: 'h264' } });
    expect(compiled.compiled.template('none-such')).toBeUndefined();
  });

  it('come in groups, which a stream has beside templates of its own', () => {
    const compiled = compileRules({
      streams: [{ match: {}, transcode: { templates: ['lld', 'lsd'], groups: ['mbr', 'low'] } }],
      templateGroups: [
        { name: 'mbr', templates: ['lhd', 'lsd'] },
        { name: 'low', templates: ['lld', 'ld'], source: false },
      ],
    });
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.errors));
    const { compiled: rules } = compiled;
    expect(rules.templateGroup('mbr')).toEqual({ name: 'mbr', templates: ['lhd', 'lsd'], source: true });
    const templates = rules.templatesOf(rules.settingsFor('default', 'live', 'one').transcode);
    expect(templates.map(({ name }) => name)).toEqual(['lld', 'lsd', 'lhd', 'ld']);
  });

  it.each<[string, unknown, RegExp]>([
    [
      'a group of one',
      { templateGroups: [{ name: 'mbr', templates: ['lsd'], source: false }] },
      /^templateGroups\[0\]\.templates: is a group of one/,
    ],
    ['a group of none', { templateGroups: [{ name: 'mbr', templates: [] }] }, /must name a template/],
    [
      'an unknown template in a group',
      { templateGroups: [{ name: 'mbr', templates: ['lsd', 'lds'] }] },
      /^templateGroups\[0\]\.templates\[1\]: no template is called lds; did you mean/,
    ],
    [
      'a template twice in a group',
      { templateGroups: [{ name: 'mbr', templates: ['lsd', 'lsd'] }] },
      /^templateGroups\[0\]\.templates: names a template twice/,
    ],
    [
      "a group with a template's name",
      { templateGroups: [{ name: 'lhd', templates: ['lsd'] }] },
      /^templateGroups\[0\]\.name: lhd is a template's name too/,
    ],
    [
      'two groups of one name',
      { templateGroups: ['lsd', 'lld'].map((each) => ({ name: 'mbr', templates: [each] })) },
      /^templateGroups\[1\]\.name: mbr is already there/,
    ],
    [
      'an unknown group',
      { streams: [{ transcode: { groups: ['mbr'] } }] },
      /^streams\[0\]\.transcode\.groups\[0\]: no template group is called mbr; there is no template group/,
    ],
    [
      'more renditions than one FFmpeg makes',
      {
        streams: [{ transcode: { templates: ['lld', 'lsd', 'lhd', 'lud'], groups: ['mbr'] } }],
        templateGroups: [{ name: 'mbr', templates: ['ld', 'sd', 'hd', 'ud', 'lld265'] }],
      },
      /^streams\[0\]\.transcode\.groups: makes 9 renditions/,
    ],
    [
      'an unknown template',
      { streams: [{ transcode: { templates: ['lsd', 'lds'] } }] },
      /^streams\[0\]\.transcode\.templates\[1\]: no template is called lds; did you mean/,
    ],
    ['one named twice', { streams: [{ transcode: { templates: ['lsd', 'lsd'] } }] }, /names a template twice/],
    [
      'a picture of 1x1',
      withTemplate({ name: 'a', video: { shortSide: 1 } }),
      /^templates\[0\]\.video\.shortSide: must be at least 64/,
    ],
    ['1000 fps', withTemplate({ name: 'a', video: { fps: 1000 } }), /^templates\[0\]\.video\.fps: must be at most 120/],
    ['no bits', withTemplate({ name: 'a', video: { bitrateKbps: 0 } }), /^templates\[0\]\.video\.bitrateKbps/],
    [
      'neither video nor audio',
      withTemplate({ name: 'a', video: 'none', audio: { codec: 'none' } }),
      /neither video nor audio/,
    ],
    ['a built-in name', withTemplate({ name: 'lsd' }), /^templates\[0\]\.name: lsd is a built-in template/],
    ['a name with filter syntax', withTemplate({ name: 'a;[0:v]null' }), /^templates\[0\]\.name: must begin/],
    ['a name with an underscore', withTemplate({ name: 'a_b' }), /^templates\[0\]\.name: must begin/],
    [
      'an encoder of its own',
      withTemplate({ name: 'a', video: { codec: 'libx264 -f null' } }),
      /^templates\[0\]\.video\.codec: /,
    ],
    ['the same name twice', { templates: [{ name: 'a' }, { name: 'a' }] }, /a is already there/],
  ])('refuses %s', (_what, rules, message) => {
    expect(problems(rules).join('\n')).toMatch(message);
  });
});
