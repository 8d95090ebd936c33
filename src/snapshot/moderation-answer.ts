import { z } from 'zod';

/** What is to be done about a picture. */
export type ModerationVerdict =
  | { readonly action: 'pass' }
  | { readonly action: 'flag' | 'stop'; readonly reason: string }
  | { readonly action: 'ban'; readonly reason: string; readonly untilMs: number | undefined };

const MAX_REASON_CHARACTERS = 200;
const CONTROL = /\p{C}+/gu;

const schema = z.object({
  action: z.enum(['pass', 'flag', 'stop', 'ban']).default('pass'),
  reason: z.string().default(''),
  /** Unix seconds, or a date of ISO 8601. */
  until: z.union([z.int().min(0).max(253_402_300_799), z.iso.datetime({ offset: true })]).optional(),
});

/** Reads a hook's answer; an empty one lets pass. Throws what an operator can read. */
export function readModerationAnswer(status: number, body: string): ModerationVerdict {
  if (status < 200 || status >= 300) throw new Error(`the hook answered ${status}`);
  if (body.trim() === '') return { action: 'pass' };
  const { action, reason, until } = parsed(body);
  if (action === 'pass') return { action };
  const words = reason.replace(CONTROL, ' ').trim().slice(0, MAX_REASON_CHARACTERS) || 'moderation';
  if (action !== 'ban') return { action, reason: words };
  const untilMs = typeof until === 'number' ? until * 1000 : until && Date.parse(until);
  return { action, reason: words, untilMs: untilMs === '' ? undefined : untilMs };
}

function parsed(body: string): z.output<typeof schema> {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new Error('the hook answered something that is not JSON');
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Error(`the hook's answer cannot be used: ${issue?.path.join('.') || 'it'}: ${issue?.message ?? ''}`);
}
