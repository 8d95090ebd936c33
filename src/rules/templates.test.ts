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
    for (const name of ['ld', 'sd', 'hd', 'ud', 'lld-ll', 'lsd265', 'lud265-ll']) {
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
      lazy: false,
    });
    expect(compiled.compiled.settingsFor('default', 'other', 'one').transcode).toEqual({ templates: [], lazy: true });
    expect(compiled.compiled.template('mine')).toMatchObject({ video: { shortSide: 240, codec: 'h264' } });
    expect(compiled.compiled.template('none-such')).toBeUndefined();
  });

  it.each<[string, unknown, RegExp]>([
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
      /^templates\[0\]\.video/,
    ],
    ['the same name twice', { templates: [{ name: 'a' }, { name: 'a' }] }, /a is already there/],
  ])('refuses %s', (_what, rules, message) => {
    expect(problems(rules).join('\n')).toMatch(message);
  });
});
