import { expect, it } from 'vitest';
import { encoderFor, findEncoders } from './encoders.ts';

it('findEncoders of an FFmpeg that fails gives none, and the reason', async () => {
  const found = await findEncoders('false', { kind: 'vaapi' });
  expect(found).toMatchObject({ kind: 'software', fallbackReason: expect.stringMatching(/false/) });
  expect(encoderFor('h264', found)).toBeUndefined();
});
