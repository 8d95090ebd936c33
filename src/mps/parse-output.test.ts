import { describe, expect, it } from 'vitest';
import { outputsOf, parseOutput } from './parse-output.ts';
import { parseWatermarkTemplate } from './parse-watermark.ts';

const context = {
  watermarkOf: () => parseWatermarkTemplate('{"ReferPos":"BottomLeft","Dx":"0.05","Width":"64"}'),
  isStorage: (name: string) => name === 'mine',
};
const read = (...outputs: object[]) => outputsOf(JSON.stringify(outputs)).map((each) => parseOutput(each, context));
const BASE = { OutputObject: 'out%2Fa%20b.mp4', TemplateId: 'S00000001-200010' };

describe('outputs of SubmitJobs', () => {
  it('are read with all that they say', () => {
    const [output] = read({
      ...BASE,
      Priority: '9',
      UserData: 'mine',
      Clip: '{"TimeSpan":{"Seek":"00:01:02.500","Duration":"3.45"}}',
      Rotate: '90',
      Video: { Bitrate: '600' },
      WaterMarks: [
        {
          WaterMarkTemplateId: 'w',
          InputFile: { Bucket: 'mine', Location: 'oss-cn-hangzhou', Object: 'a%2Fm.png' },
          Dx: '8',
        },
        {
          Type: 'Text',
          TextWaterMark: { Content: Buffer.from('Grüße').toString('base64'), FontColor: 'White', FontSize: '32' },
        },
      ],
      MergeList:
        '[{"MergeURL":"http://mine.oss-cn-hangzhou.aliyuncs.com/x%2Fy.mp4","Start":"1"},{"MergeURL":"https://e.example/z.mp4"}]',
      AudioStreamMap: '0:a:1',
      Encryption: {
        ...{ Type: 'hls-aes-128', KeyType: 'Base64', Key: Buffer.alloc(16, 1).toString('base64') },
        KeyUri: Buffer.from('https://k.example/key').toString('base64'),
      },
    });
    expect(output).toEqual({
      ...{ object: 'out/a b.mp4', templateId: 'S00000001-200010', priority: 9, userData: 'mine' },
      task: {
        overrides: { Video: { Bitrate: '600' } },
        clip: { seekSeconds: 62.5, durationSeconds: 3.45 },
        rotate: 90,
        merge: [
          { place: { storage: 'mine', object: 'x/y.mp4' }, seekSeconds: 1 },
          { place: { url: 'https://e.example/z.mp4' } },
        ],
        watermarks: [
          { corner: 'BottomLeft', dx: 8, dy: 0, image: { storage: 'mine', object: 'a/m.png' }, width: 64 },
          { corner: 'TopRight', dx: 0, dy: 0, text: 'Grüße', fontSize: 32, color: 'FFFFFF' },
        ],
        audioTrack: 1,
        encryption: { hexKey: '01'.repeat(16), keyUri: 'https://k.example/key' },
        onCollision: 'overwrite',
      },
    });
  });

  it.each([
    ['Outputs.1.TemplateId', [{ OutputObject: 'a.mp4' }]],
    ['Outputs.1.OutputObject', [{ TemplateId: 'a' }]],
    ['Outputs.2.Rotate', [BASE, { ...BASE, Rotate: '360' }]],
    ['Outputs.1.Clip.TimeSpan.Seek', [{ ...BASE, Clip: { TimeSpan: { Seek: 'soon' } } }]],
    ['Outputs.1.Clip.TimeSpan.End', [{ ...BASE, Clip: { TimeSpan: { Duration: '1', End: '1' } } }]],
    ['Outputs.1.WaterMarks.1.InputFile', [{ ...BASE, WaterMarks: [{}] }]],
    ['Outputs.1.WaterMarks', [{ ...BASE, WaterMarks: [{}, {}, {}, {}, {}] }]],
    ['Outputs.1.Encryption.Key', [{ ...BASE, Encryption: { Type: 'hls-aes-128', Key: 'AA==' } }]],
    ['Outputs.1.SuperReso', [{ ...BASE, SuperReso: { IsHalfSample: 'true' } }]],
    ['Outputs.1.M3U8NonStandardSupport', [{ ...BASE, M3U8NonStandardSupport: { TS: { Md5Support: true } } }]],
    ['Outputs.1.Clip.ConfigToClipFirstPart', [{ ...BASE, Clip: { ConfigToClipFirstPart: 'true' } }]],
    ['Outputs.1.Encryption.SkipCnt', [{ ...BASE, Encryption: { SkipCnt: '2' } }]],
    ['Outputs.1.Colour', [{ ...BASE, Colour: 'red' }]],
    ['Outputs.1.UserData', [{ ...BASE, UserData: 'x'.repeat(1025) }]],
    ['Outputs ', []],
    ['Outputs.1.OutputObject', [{ ...BASE, OutputObject: '../a.mp4' }]],
  ])('are refused with the name of the field: %s', (field, outputs) => {
    expect(() => read(...outputs)).toThrow(new RegExp(`^${field.replaceAll('.', '\\.')}`));
  });
});
