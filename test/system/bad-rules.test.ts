import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { HEADWATER, start, tempDir } from '../support/index.ts';

/** What an operator may write into a list of the rules, and the line that says what is wrong with it. */
type Case = readonly [
  what: string,
  kind: 'templates' | 'templateGroups' | 'streams' | 'watermarks',
  object: object,
  line: RegExp,
];

const mark = (more: object) => ({ height: 100, ...more });
const logo = (more: object) => mark({ image: 'logo.png', ...more });

/** Wrong by themselves. */
const SHAPES: readonly Case[] = [
  ['a 1x1 picture', 'templates', { video: { shortSide: 1 } }, /\.video\.shortSide: must be at least 64 pixels/],
  ['a picture of no size', 'templates', { video: { shortSide: 0 } }, /\.video\.shortSide: must be at least 64/],
  ['no pictures at all', 'templates', { video: { fps: 0 } }, /\.video\.fps: must be at least 1$/],
  [
    'a key frame at every picture',
    'templates',
    { video: { gopSeconds: 0 } },
    /\.video\.gopSeconds: must be at least 0\.5/,
  ],
  [
    'a rate that AAC lacks',
    'templates',
    { audio: { sampleRate: 16_000 } },
    /\.audio\.sampleRate: must be one of 22050, /,
  ],
  ['1000 fps', 'templates', { video: { fps: 1000 } }, /\.video\.fps: must be at most 120/],
  ['no bits', 'templates', { video: { bitrateKbps: 0 } }, /\.video\.bitrateKbps: must be at least 32 kb\/s/],
  ['an unknown codec', 'templates', { video: { codec: 'theora' } }, /\.video\.codec: /],
  ['FFmpeg’s options as a preset', 'templates', { video: { preset: 'fast -f null' } }, /\.video\.preset: /],
  [
    'neither sound nor picture',
    'templates',
    { video: 'none', audio: { codec: 'none' } },
    /: has neither video nor audio/,
  ],
  ['a group of one', 'templateGroups', { templates: ['lsd'], source: false }, /\.templates: is a group of one; name/],
  ['a group of none', 'templateGroups', { templates: [] }, /\.templates: must name a template/],
  ['a group with one twice', 'templateGroups', { templates: ['lsd', 'lsd'] }, /\.templates: names a template twice/],
  ['a rung twice', 'streams', { transcode: { templates: ['lsd', 'lsd'] } }, /\.templates: names a template twice/],
  [
    'nine rungs',
    'streams',
    { transcode: { templates: ['lld', 'lsd', 'lhd', 'lud', 'ld', 'sd', 'hd', 'ud', 'lld265'] } },
    /\.transcode\.templates: must have at most 8 entries/,
  ],
  ['five watermarks', 'templates', { watermarks: [...'abcde'] }, /\.watermarks: has more than 4 watermarks/],
  ['below the picture', 'watermarks', logo({ yOffset: 1000 }), /\.yOffset: puts it outside the picture/],
  ['higher than the picture', 'watermarks', logo({ height: 1081 }), /\.yOffset: puts it outside the picture/],
  ['beside the picture', 'watermarks', logo({ xOffset: 1920 }), /\.xOffset: puts it outside the picture/],
  ['lines below the picture', 'watermarks', mark({ text: '1\n2\n3', height: 400 }), /\.yOffset: puts it outside/],
  ['a text wider than the picture', 'watermarks', mark({ text: 'x'.repeat(200) }), /\.xOffset: puts it outside/],
  ['a watermark of nothing', 'watermarks', mark({}), /: must have either an image or a text/],
  ['a watermark of both', 'watermarks', logo({ text: 'a' }), /: must have either an image or a text/],
  ['one that can’t be seen', 'watermarks', logo({ transparency: 0 }), /\.transparency: must be 1 to 255/],
  ['a corner that is none', 'watermarks', logo({ corner: 'Middle' }), /\.corner: /],
  ['an image by URL', 'watermarks', mark({ image: 'http://a.test/logo.png' }), /\.image: must be the name of a \.png/],
  ['FFmpeg’s protocols', 'watermarks', mark({ image: 'concat:a.png|b.png' }), /\.image: must be the name of a \.png/],
  ['a path out of the folder', 'watermarks', mark({ image: '../logo.png' }), /\.image: must be the name of a \.png/],
  ['an absolute path', 'watermarks', mark({ image: '/etc/logo.png' }), /\.image: must be the name of a \.png/],
  ['a control character', 'watermarks', mark({ text: 'a\u0007' }), /\.text: has a control character/],
  ['a colour that is none', 'watermarks', mark({ text: 'a', color: 'red@0.1:x=0' }), /\.color: must be a colour/],
  ['an image’s colour', 'watermarks', logo({ color: '#ffffff' }), /\.color: is for a text only/],
  ['a key for a second', 'streams', { encryption: { rotateSeconds: 1 } }, /\.encryption\.rotateSeconds: must be 10 to/],
  ['another cipher', 'streams', { encryption: { method: 'sample-aes' } }, /\.encryption\.method: /],
  [
    'pictures every second',
    'streams',
    { snapshot: { everySeconds: 1 } },
    /\.snapshot\.everySeconds: must be 5 to 3600/,
  ],
  [
    'a name without variables',
    'streams',
    { snapshot: { overwrite: 'a.jpg' } },
    /\.snapshot\.overwrite: must have \{AppName/,
  ],
  [
    'a sequence without numbers',
    'streams',
    { snapshot: { sequence: '{AppName}/{StreamName}.jpg' } },
    /\.snapshot\.sequence: must have \{UnixTimestamp\} or \{Sequence\}/,
  ],
  [
    'an unknown variable',
    'streams',
    { snapshot: { overwrite: '{AppName}/{StreamName}/{Secret}.jpg' } },
    /\.snapshot\.overwrite: knows the variables/,
  ],
  ...['../{AppName}/{StreamName}.jpg', '/{AppName}/{StreamName}.jpg', '{AppName}/../{StreamName}.jpg'].map(
    (overwrite): Case => [
      'a name out of its root',
      'streams',
      { snapshot: { overwrite } },
      /\.snapshot\.overwrite: must be/,
    ],
  ),
];

/** Wrong beside what else there is. */
const CONTEXTS: readonly Case[] = [
  [
    'an unknown template',
    'streams',
    { transcode: { templates: ['lds'] } },
    /\.templates\[0\]: no template is called lds; did/,
  ],
  [
    'an unknown watermark',
    'streams',
    { transcode: { watermarks: ['lgo'] } },
    /\.watermarks\[0\]: no watermark is called lgo/,
  ],
  [
    'nine rungs with those of a group',
    'streams',
    { transcode: { templates: ['lld', 'lsd', 'lhd', 'ld', 'sd', 'hd', 'ud'], groups: ['known'] } },
    /\.transcode\.groups: makes 9 renditions with those of its templates; 8 is the most/,
  ],
  [
    'an unknown group',
    'streams',
    { transcode: { groups: ['knwon'] } },
    /\.groups\[0\]: no template group is called knwon/,
  ],
  [
    'an unknown template',
    'templateGroups',
    { templates: ['lhd', 'lss'] },
    /\.templates\[1\]: no template is called lss/,
  ],
  [
    'a group called as a template',
    'templateGroups',
    { name: 'lsd', templates: ['lhd'] },
    /\.name: lsd is a template's name too/,
  ],
  ['a template called as ApsaraVideo’s', 'templates', { name: 'lsd' }, /\.name: lsd is a built-in template/],
  ['an unknown watermark', 'templates', { watermarks: ['lgo'] }, /\.watermarks\[0\]: no watermark is called lgo; did/],
  [
    'a watermark on a copy',
    'templates',
    { video: { codec: 'copy' }, watermarks: ['logo'] },
    /\.watermarks: the template encodes no pictures/,
  ],
  ['an unknown storage', 'streams', { snapshot: { storage: 'cloud' } }, /\.snapshot\.storage: no storage/],
  [
    'an image that is not there',
    'watermarks',
    mark({ image: 'none.png' }),
    /\.image: is not in the folder of watermarks/,
  ],
  ['a link out of the folder', 'watermarks', mark({ image: 'out.png' }), /\.image: is not in the folder of watermarks/],
  ['an image that is none', 'watermarks', mark({ image: 'text.png' }), /\.image: can't be used: PNG/],
  ['a name twice', 'watermarks', { ...mark({ text: 'a' }), name: 'logo' }, /\.name: logo is already there/],
];

let home: Awaited<ReturnType<typeof tempDir>>;

beforeAll(async () => {
  home = await tempDir('bad-rules');
  await writeFile(join(home.path, 'text.png'), 'this is no picture at all');
  await symlink('/etc/hostname', join(home.path, 'out.png'));
});

afterAll(() => home?.remove());

/** What check-config prints of a rules file with all of the objects in it, and where each of them is. */
async function checked(cases: readonly Case[]) {
  const lists = {
    templates: [] as object[],
    templateGroups: [{ name: 'known', templates: ['lld265', 'lsd265'] }] as object[],
    streams: [] as object[],
    watermarks: [{ name: 'logo', text: 'a', height: 20 }] as object[],
  };
  const places = cases.map(([, kind, object], index) => {
    const named = kind === 'streams' ? { match: { stream: `s${index}` }, ...object } : { name: `n${index}`, ...object };
    return `${kind}[${lists[kind].push(named) - 1}]`;
  });
  const file = join(home.path, 'rules.yml');
  await writeFile(file, stringify(lists));
  const child = start(process.execPath, [...HEADWATER, 'check-config', '--rules', file], {
    cwd: home.path,
    env: { ...process.env, HEADWATER_WATERMARKS_DIR: home.path, HEADWATER_DATA_DIR: join(home.path, 'data') },
  });
  const code = await child.exited;
  return { code, places, lines: child.stdout().split('\n') };
}

describe.each([
  ['by itself', SHAPES],
  ['beside what else there is', CONTEXTS],
])('check-config names the field and the reason of what is wrong %s', (_which, cases) => {
  let said: Awaited<ReturnType<typeof checked>>;
  beforeAll(async () => {
    said = await checked(cases);
  });

  it.each(cases.map(([what, , , line], index) => [what, index, line] as const))('%s', (_what, index, line) => {
    const place = said.places[index]!;
    const about = said.lines.filter((each) => each.includes(`: ${place}`) && !/^\d/.test(each.split(place)[1] ?? ''));
    expect(about.join('\n')).toMatch(line);
  });

  it('and nothing that is right', () => {
    expect(said.code).toBe(2);
    expect(said.lines.filter((line) => line.includes('rules.yml: '))).toHaveLength(cases.length);
  });
});
