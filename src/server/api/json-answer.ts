import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';

type Text = { readonly text: string; readonly etag: string };

const texts = new WeakMap<object, Text>();

/** Sends JSON; whoever reads and has the same already is told so (304, RFC 9110, 15.4.5). */
export function sendJson({ method, headers }: Request, response: Response, body: unknown): void {
  const isRead = method === 'GET' || method === 'HEAD';
  if (!isRead) return void response.json(body);
  const { text, etag } = textOf(body);
  const tag = response.get('ETag') ?? etag;
  response.set({ ETag: tag, 'Cache-Control': 'private, no-cache' });
  if (hasAlready(headers['if-none-match'], tag)) response.status(304).end();
  else response.type('application/json').send(text);
}

/** An answer that is frozen is shared, so its text is made once. */
function textOf(body: unknown): Text {
  const isShared = typeof body === 'object' && body !== null && Object.isFrozen(body);
  const known = isShared ? texts.get(body) : undefined;
  if (known !== undefined) return known;
  const text = JSON.stringify(body);
  const made = { text, etag: `"${createHash('sha1').update(text).digest('base64url')}"` };
  if (isShared) texts.set(body, made);
  return made;
}

function hasAlready(known: string | undefined, etag: string): boolean {
  return (known?.split(',') ?? []).some((each) => each.trim().replace(/^W\//, '') === etag || each.trim() === '*');
}
