import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Headwater, startHeadwater } from '../../support/index.ts';

let server: Headwater;
beforeAll(async () => {
  server = await startHeadwater();
});
afterAll(() => server.stop());

type Template = { id: string; name: string; isPreset: boolean; isDefault: boolean; isLocked: boolean; body: object };

const call = <T = Template>(method: string, path: string, body?: object) => {
  const headers = { 'content-type': 'application/json' };
  return server.api<T>(`/media/templates/${path}`, {
    method,
    headers,
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
};
const body = { Container: { Format: 'mp4' }, Video: { Codec: 'H.264', Crf: '24' } };

describe('templates of media processing', () => {
  it('are made, changed, listed beside the presets, and deleted', async () => {
    const made = await call('POST', 'transcode', { name: 'Mine', body });
    expect(made).toMatchObject({ name: 'Mine', body, isPreset: false });
    expect(await call('PATCH', `transcode/${made.id}`, { name: 'Ours' })).toMatchObject({ name: 'Ours', body });
    const { templates } = await call<{ templates: Template[] }>('GET', 'transcode');
    expect(templates[0]?.id).toBe(made.id);
    expect(templates.map(({ id }) => id)).toContain('S00000001-200030');
    await call('DELETE', `transcode/${made.id}`);
    await expect(call('GET', `transcode/${made.id}`)).rejects.toThrow(/404.*TEMPLATE_UNKNOWN/);
  });

  it('are refused by the name of the field, as presets are that somebody wants to change', async () => {
    const wrong = { name: 'Wrong', body: { ...body, Video: { Crf: '99' } } };
    await expect(call('POST', 'transcode', wrong)).rejects.toThrow(/400.*Video\.Crf.*TEMPLATE_INVALID/);
    await expect(call('DELETE', 'transcode/S00000001-200030')).rejects.toThrow(/409.*TEMPLATE_PRESET/);
    await expect(call('POST', 'watermark', { name: 'W', body: { Width: 'wide' } })).rejects.toThrow(/TEMPLATE_INVALID/);
    await expect(
      call('POST', 'group', { name: 'G', body: { TranscodeTemplateList: [{ Definition: 'HD' }] } }),
    ).rejects.toThrow(/TranscodeTemplateList\.1\.Container/);
  });

  it('have one default of a kind, and can be locked', async () => {
    const group = {
      TranscodeTemplateList: [
        { Definition: 'HD', ...body },
        { Definition: 'LD', TemplateId: 'S00000001-100010' },
      ],
    };
    const [first, second] = [
      await call('POST', 'group', { name: 'A', body: group }),
      await call('POST', 'group', { name: 'B', body: group }),
    ];
    await call('PATCH', `group/${first.id}`, { isDefault: true });
    await call('PATCH', `group/${second.id}`, { isDefault: true, isLocked: true });
    const { templates } = await call<{ templates: Template[] }>('GET', 'group');
    expect(templates.filter(({ isDefault }) => isDefault).map(({ id }) => id)).toEqual([second.id]);
    await expect(call('PATCH', `group/${second.id}`, { name: 'C' })).rejects.toThrow(/TEMPLATE_LOCKED/);
    await expect(call('DELETE', `group/${second.id}`)).rejects.toThrow(/TEMPLATE_LOCKED/);
    expect(await call('PATCH', `group/${second.id}`, { isLocked: false })).toMatchObject({ isLocked: false });
  });
});
