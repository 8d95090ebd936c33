import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { action, DONE, flag, integer, listOf, text, utcTime } from './base/index.ts';
import { describedActions } from './describe-actions.ts';
import { LIVE } from './live/index.ts';

describe('describedActions', () => {
  it('finds what is sent under all that happens to it', () => {
    const input = z.object({
      Name: text,
      Page: integer.pipe(z.int().min(1)).default(1),
      DryRun: flag.default(false),
      Until: utcTime.optional(),
      Kind: z.enum(['a', 'b']),
      Checked: text.refine((given) => given !== ''),
      Ids: listOf(text),
      Tag: listOf(z.object({ Key: text, Value: text.optional() })).optional(),
    });
    const one = action({ name: 'One', summary: 'Does it', differs: 'a little', input, run: () => DONE });
    expect(describedActions([{ name: 'Test', version: '1', actions: [one] }])).toEqual([
      {
        ...{ version: '1', name: 'One', summary: 'Does it', differs: 'a little' },
        parameters: [
          { name: 'Name', kind: 'text', isRequired: true },
          { name: 'Page', kind: 'integer', isRequired: false, usual: '1' },
          { name: 'DryRun', kind: 'flag', isRequired: false, usual: 'false' },
          { name: 'Until', kind: 'time', isRequired: false },
          { name: 'Kind', kind: 'text', isRequired: true, values: ['a', 'b'] },
          { name: 'Checked', kind: 'text', isRequired: true },
          { name: 'Ids', kind: 'list', isRequired: true },
          {
            ...{ name: 'Tag', kind: 'list', isRequired: false },
            fields: [
              { name: 'Key', kind: 'text', isRequired: true },
              { name: 'Value', kind: 'text', isRequired: false },
            ],
          },
        ],
      },
    ]);
  });

  it('describes every action that is served', () => {
    const described = describedActions([LIVE]);
    expect(described).toHaveLength(LIVE.actions.length);
    for (const { name, summary } of described) expect([name, summary]).toEqual([name, expect.stringMatching(/\w{3}/)]);
  });
});
