import { describe, expect, it } from 'vitest';
import type { Field } from '../../schema-form/index.ts';
import { asFields, asTexts } from './body.ts';
import { mediaField } from './field-words.ts';
import { groupFields, TRANSCODE_FIELDS, WATERMARK_FIELDS } from './fields.ts';

function namesIn(field: Field): readonly string[] {
  if (field.kind === 'list') return namesIn(field.item);
  return field.kind === 'group' ? field.members.flatMap((each) => [each.name, ...namesIn(each.field)]) : [];
}

describe('asFields', () => {
  it('reads texts and JSON as MPS has them, and keeps what no field shows', () => {
    const body = {
      Container: '{"Format":"MP4"}',
      Video: { Width: '640', Height: '', LongShortMode: 'true', Codec: 'h.264', Later: 'x' },
    };
    const read = asFields(body, TRANSCODE_FIELDS);
    expect(read).toEqual({
      Container: { Format: 'mp4' },
      Video: { Width: 640, LongShortMode: true, Codec: 'H.264', Later: 'x' },
    });
    expect(asTexts(read)).toMatchObject({ Video: { Width: '640', LongShortMode: 'true' } });
  });

  it('reads the outputs of a group', () => {
    const body = { TranscodeTemplateList: [{ Definition: 'hd', Rotate: '90', TemplateId: 'mine' }] };
    expect(asFields(body, groupFields({ mine: 'My own' }))).toEqual({
      TranscodeTemplateList: [{ Definition: 'HD', Rotate: 90, TemplateId: 'mine' }],
    });
  });
});

describe('mediaField', () => {
  it('has words for every field', () => {
    const names = [TRANSCODE_FIELDS, WATERMARK_FIELDS, groupFields({})].flatMap(namesIn);
    const bare = names.filter((name) => mediaField(name).label === name && !['Container', 'Format'].includes(name));
    expect(new Set(bare)).toEqual(
      new Set([
        'Video',
        'Audio',
        'Codec',
        'Width',
        'Height',
        'Bitrate',
        'Profile',
        'Channels',
        'Method',
        'Definition',
        'Rotate',
      ]),
    );
  });
});
