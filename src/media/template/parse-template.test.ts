import { describe, expect, it } from 'vitest';
import { overrideTemplate, parseTemplate } from './parse-template.ts';
import { PRESETS, presetTemplate } from './presets.ts';

const MP4 = { Container: { Format: 'mp4' } };

describe('parseTemplate', () => {
  it('reads a template of MPS, whose values are texts and whose parts may be JSON', () => {
    const template = {
      Container: '{"Format":"m3u8"}',
      Video: {
        Codec: 'H.264',
        Profile: 'high',
        Bitrate: '500',
        Width: '640',
        Height: '',
        Fps: '25',
        Gop: '10s',
        Crop: '640:360:0:60',
      },
      Audio:
        '{"Codec":"AAC","Samplerate":"44100","Bitrate":"128","Channels":"2","Volume":{"Method":"linear","PeakLevel":"-2"}}',
      MuxConfig: { Segment: { Duration: '6' } },
      TransConfig: { TransMode: 'twopass', AdjDarMethod: 'pad', IsCheckReso: 'true', IsCheckVideoBitrateFail: 'true' },
    };
    expect(parseTemplate(template)).toEqual({
      container: 'm3u8',
      video: {
        ...{ codec: 'h264', profile: 'high', bitrateKbps: 500, width: 640, fps: 25, gopSeconds: 10 },
        crop: { width: 640, height: 360, x: 0, y: 60 },
      },
      audio: {
        codec: 'aac',
        sampleRate: 44_100,
        bitrateKbps: 128,
        channels: 2,
        loudness: { method: 'peak', peak: -2 },
      },
      ...{ segmentSeconds: 6, mode: 'twopass', adjust: 'pad', less: { size: 'keep', videoBitrate: 'fail' } },
    });
  });

  it.each([
    [{}, /^Container\.Format is missing/],
    [{ Container: { Format: 'doc' } }, /^Container\.Format must be one of mp4/],
    [{ Container: '{' }, /^Container is no JSON/],
    [{ ...MP4, Video: { Crf: '52' } }, /^Video\.Crf must be from 0 to 51/],
    [{ ...MP4, Video: { Crf: 'x' } }, /^Video\.Crf/],
    [{ ...MP4, Video: { Width: '12.5' } }, /^Video\.Width must be a whole number/],
    [{ ...MP4, Video: { Gop: '-1s' } }, /^Video\.Gop/],
    [{ ...MP4, Video: { Crop: '1:2:3' } }, /^Video\.Crop/],
    [{ ...MP4, Video: { NarrowBand: { Version: '2.0' } } }, /^Video\.NarrowBand/],
    [{ ...MP4, Video: { Qscale: '5' } }, /^Video\.Qscale/],
    [{ ...MP4, Video: { Colour: 'red' } }, /^Video\.Colour is no field/],
    [{ ...MP4, Audio: { Profile: 'aac_he_v2' } }, /^Audio\.Profile aac_he_v2/],
    [{ ...MP4, Audio: { Samplerate: '44000' } }, /^Audio\.Samplerate/],
    [{ ...MP4, Audio: { Codec: 'MP3', Samplerate: '96000' } }, /^Audio\.Samplerate of MP3/],
    [
      { ...MP4, Video: { Codec: 'H.264', Crf: '20', Bitrate: '500' }, TransConfig: { TransMode: 'CBR' } },
      /^Video\.Crf does not go/,
    ],
    [{ ...MP4, TransConfig: { TransMode: 'twopass' } }, /^TransConfig\.TransMode twopass needs a bitrate/],
    [{ Container: { Format: 'webm' }, Video: { Codec: 'H.264' } }, /^Video\.Codec h264 does not go into webm/],
    [{ Container: { Format: 'm3u8' }, Video: { Codec: 'AV1' } }, /^Video\.Codec av1 does not go into m3u8/],
    [{ ...MP4, MuxConfig: { Segment: { Duration: '61' } } }, /^MuxConfig\.Segment\.Duration must be from 1 to 60/],
    [{ ...MP4, Extra: {} }, /^Extra is no field/],
  ])('refuses %j by the name of the field', (template, message) => {
    expect(() => parseTemplate(template)).toThrow(
      expect.objectContaining({ code: 'TEMPLATE_INVALID', message: expect.stringMatching(message) }),
    );
  });
});

describe('overrideTemplate', () => {
  it('replaces what is given and nothing else, and looks at the whole again', () => {
    const template = parseTemplate({
      ...MP4,
      Video: { Codec: 'H.264', Width: '640', Crf: '20' },
      Audio: { Bitrate: '64' },
    });
    const overridden = overrideTemplate(template, { Video: { Width: '320' }, Container: { Format: 'flv' } });
    expect(overridden).toEqual({
      container: 'flv',
      video: { codec: 'h264', width: 320, crf: 20 },
      audio: { bitrateKbps: 64 },
    });
    expect(() => overrideTemplate(template, { Container: { Format: 'webm' } })).toThrow(/Video.Codec/);
  });
});

describe('PRESETS', () => {
  it('can all be used', () => {
    for (const id of PRESETS.keys()) expect(presetTemplate(id)).toBeDefined();
    expect(presetTemplate('S00000001-200030')).toMatchObject({
      container: 'mp4',
      video: { width: 1280, bitrateKbps: 1800 },
    });
    expect(presetTemplate('S00000001-100010')).toMatchObject({
      container: 'm3u8',
      video: { width: 640, bitrateKbps: 400 },
    });
    expect(presetTemplate('S00000001-999999')).toBeUndefined();
  });
});
