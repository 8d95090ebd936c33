import { describe, expect, it } from 'vitest';
import { type GroupMember, parseTemplateGroup } from '../mps/index.ts';
import { rungsOf } from './asset-rungs.ts';

const SOURCE = { video: { width: 1280, height: 720 }, hasAudio: true };
const groups = (own: Readonly<Record<string, readonly GroupMember[]>>, usual?: readonly GroupMember[]) =>
  rungsOf({ group: async (id) => (id === undefined ? usual : own[id]) });
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

  it.each([
    ['encryption', { EncryptSetting: { EncryptType: 'HLSEncryption' } }],
    ['watermarks', { WatermarkIds: ['a'] }],
  ])('says that it makes none with %s, rather than leave it out', async (_, more) => {
    await expect(groups({ mine: read(member('SD', more)) })('mine', SOURCE)).rejects.toMatchObject({
      code: 'TEMPLATE_GROUP_UNFIT',
    });
  });
});
