import { describe, expect, it } from 'vitest';
import { templateSchema } from '../../../../rules/index.ts';
import { customFields, shownTemplate, templateFor } from './custom-template.ts';

const made = (given: object) =>
  templateSchema.parse({ name: 'a', ...templateFor(customFields.parse({ TemplateType: 'h264', ...given })) });

describe('templateFor', () => {
  it.each<[object, object]>([
    [{}, { video: { codec: 'h264' }, audio: { codec: 'copy' }, latency: 'low' }],
    [{ TemplateType: 'h265-nbhd' }, { video: { codec: 'h265' }, latency: 'quality' }],
    [{ Width: '640', Height: '360' }, { video: { shortSide: 360 } }],
    [{ Width: '360', Height: '640' }, { video: { shortSide: 360 } }],
    [{ Width: '1280' }, { video: { shortSide: 720 } }],
    [{ ResWithSource: '{"Type":"short","Value":"1080"}', Height: '360' }, { video: { shortSide: 1080 } }],
    [{ Gop: '50' }, { video: { gopSeconds: 2 } }],
    [{ Gop: '50', FPS: '50' }, { video: { gopSeconds: 1, fps: 50 } }],
    [{ Gop: '3s' }, { video: { gopSeconds: 3 } }],
    [{ BitrateWithSource: '{"UpLimit":2500,"Factor":2}' }, { video: { bitrateKbps: 2500, bitratePercent: 100 } }],
    [{ FpsWithSource: '{"UpLimit":30,"Factor":0.5}' }, { video: { fps: 30, fpsPercent: 50 } }],
    [{ AudioCodec: 'aac', AudioChannelNum: '1' }, { audio: { codec: 'aac', channels: 1 } }],
    [
      { TemplateType: 'audio', AudioBitrate: '32' },
      { video: 'none', audio: { codec: 'aac', bitrateKbps: 32 } },
    ],
  ])('makes of %j what rules have', (given, template) => expect(made(given)).toMatchObject(template));

  it.each<[object, string]>([
    [{ Gop: '400s' }, 'Gop'],
    [{ AudioRate: '32000' }, 'AudioRate'],
    [{ AudioProfile: 'aac_he' }, 'AudioProfile'],
    [{ ResWithSource: '{"Type":"long","Value":1}' }, 'ResWithSource'],
  ])('refuses %j', (given, name) => expect(() => made(given)).toThrow(`"${name}"`));

  it('keeps what is left out of a change, and what is shown is what was made', () => {
    const before = made({ Height: '360', FPS: '20', Gop: '2s', VideoBitrate: '500', AudioBitrate: '48' });
    expect(shownTemplate(before)).toEqual({
      ...{ TemplateType: 'h264', Height: 360, FPS: 20, Gop: '2s', VideoBitrate: 500 },
      ...{ AudioCodec: 'AAC', AudioProfile: 'aac_low', AudioBitrate: 48 },
    });
    const change = customFields.parse({ TemplateType: 'h265', FPS: '25' });
    expect(templateFor(change, before)).toMatchObject({
      video: { codec: 'h265', shortSide: 360, fps: 25, gopSeconds: 2, bitrateKbps: 500 },
      audio: { codec: 'aac', bitrateKbps: 48 },
    });
  });
});
