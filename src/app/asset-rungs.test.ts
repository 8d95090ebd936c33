import { describe, expect, it } from 'vitest';
import { type AssetWatermark, type GroupMember, parseAssetWatermark, parseTemplateGroup } from '../mps/index.ts';
import { rungsOf } from './asset-rungs.ts';

const SOURCE = { video: { width: 1280, height: 720 }, hasAudio: true };
const groups = (own: Readonly<Record<string, readonly GroupMember[]>>, usual?: readonly GroupMember[]) =>
  rungsOf(
    {
      group: async (id) => (id === undefined ? usual : own[id]),
      assetWatermark: async (id) => (id === undefined ? undefined : MARKS[id]),
    },
    (name) => name === 'disk',
  );
const MARKS: Readonly<Record<string, AssetWatermark>> = {
  logo: parseAssetWatermark({ Type: 'Image', FileUrl: 'disk/logo.png', WatermarkConfig: { Dx: '8', Width: '0.1' } }),
  words: parseAssetWatermark({ Type: 'Text', WatermarkConfig: '{"Content":"mine","Left":"5","FontSize":"20"}' }),
};
const member = (definition: string, more: object = {}) => ({
  Definition: definition,
  Container: { Format: 'mp4' },
  ...more,
});
const read = (...TranscodeTemplateList: object[]) => parseTemplateGroup({ TranscodeTemplateList });

describe('rungsOf', () => {
  it('makes what a group of the operator names, each file under a name of its own', async () => {
    const own = read(
      member('SD', { Rotate: '90' }),
      member('HD'),
      member('HD', { Container: { Format: 'm3u8' } }),
      member('AUTO'),
    );
    const rungs = await groups({ mine: own })('mine', SOURCE);
    expect(rungs?.map(({ name, template, rotate }) => [name, template.container, rotate])).toEqual([
      ['sd', 'mp4', 90],
      ['hd-2', 'mp4', undefined],
      ['hd-3', 'm3u8', undefined],
    ]);
  });

  it('takes the default group where an asset has none, else the one that comes with the server', async () => {
    expect((await groups({}, read(member('LD')))(undefined, SOURCE))?.map(({ name }) => name)).toEqual(['ld']);
    expect((await groups({})(undefined, SOURCE))?.map(({ name }) => name)).toEqual(['ld', 'sd']);
    expect(await groups({})('VOD_NO_TRANSCODE', SOURCE)).toEqual([]);
    expect(await groups({})('nobody', SOURCE)).toBeUndefined();
  });

  it('draws the watermarks and subtitles of a member, and what the job has in their place', async () => {
    const list = [{ SubtitleUrl: 'https://example.com/a.vtt' }];
    const own = read(member('SD', { WatermarkIds: ['logo', 'words'], SubtitleList: list }));
    const [rung] = (await groups({ mine: own })('mine', SOURCE)) ?? [];
    expect(rung).toMatchObject({
      watermarks: [
        { image: { storage: 'disk', object: 'logo.png' }, corner: 'TopRight', dx: 8, width: 0.1 },
        { text: 'mine', corner: 'TopLeft', dx: 5, fontSize: 20 },
      ],
      burnedSubtitles: { place: { url: 'https://example.com/a.vtt' } },
    });
    const watermarks = [
      { id: 'words', text: 'yours' },
      { id: 'logo', fileUrl: 'http://disk.oss-cn-a.aliyuncs.com/b/c.png' },
    ];
    const [changed] = (await groups({ mine: own })('mine', SOURCE, { watermarks })) ?? [];
    expect(changed?.watermarks).toMatchObject([{ image: { storage: 'disk', object: 'b/c.png' } }, { text: 'yours' }]);
  });

  it('makes a key for each job, which players ask for beside the playlist', async () => {
    const encrypted = { Container: { Format: 'm3u8' }, EncryptSetting: '{"EncryptType":"Private"}' };
    const rungs = () => groups({ mine: read(member('HD', encrypted)) })('mine', SOURCE);
    const [first, second] = [(await rungs())?.[0]?.encryption, (await rungs())?.[0]?.encryption];
    expect(first).toEqual({ hexKey: expect.stringMatching(/^[0-9a-f]{32}$/), keyUri: 'hd/segments.key' });
    expect(second?.hexKey).not.toBe(first?.hexKey);
  });

  it.each([
    ['a watermark that there is not', { WatermarkIds: ['a'] }],
    [
      'encryption by a template of another container',
      { Container: undefined, TemplateId: 'x', EncryptSetting: { EncryptType: 'Private' } },
    ],
  ])('says that it makes none with %s, rather than leave it out', async (_, more) => {
    await expect(groups({ mine: read(member('SD', more)) })('mine', SOURCE)).rejects.toMatchObject({
      code: 'TEMPLATE_GROUP_UNFIT',
    });
  });

  it.each([
    ['EncryptSetting', { EncryptSetting: { EncryptType: 'HLSEncryption' } }],
    ['SubtitleList', { SubtitleList: [{ SubtitleUrl: 'a/b' }, { SubtitleUrl: 'a/c' }] }],
  ])('refuses what cannot be, by %s', (field, more) => {
    expect(() => read(member('SD', more))).toThrow(field);
  });
});
