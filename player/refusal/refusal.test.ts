import { describe, expect, it } from 'vitest';
import { httpUrlOf, readRefusal } from './refusal.ts';

describe('readRefusal', () => {
  it.each([
    [
      'application/json',
      '{"code":"X","reason":"Expired.","remedy":"Sign again."}',
      { reason: 'Expired.', remedy: 'Sign again.' },
    ],
    [
      'application/json',
      '{"error":{"code":"X","message":"Expired.","remedy":"Sign again."}}',
      { reason: 'Expired.', remedy: 'Sign again.' },
    ],
    ['application/json', '{"error":"Expired."}', { reason: 'Expired.' }],
    ['application/problem+json', '{"detail":"Expired.","remedy":7}', { reason: 'Expired.' }],
    [
      'application/problem+json',
      '{"type":"about:blank","title":"Expired.","status":403,"code":"X","remedy":"Sign again."}',
      { reason: 'Expired.', remedy: 'Sign again.' },
    ],
    ['text/plain', '{"sentence":"Expired."}', { reason: 'Expired.' }],
    ['text/plain; charset=utf-8', ' Expired.\n', { reason: 'Expired.' }],
    ['', 'Expired.', { reason: 'Expired.' }],
  ])('%s %s', (type, body, refusal) => {
    expect(readRefusal(type, body)).toEqual(refusal);
  });

  it.each([
    ['application/json', ''],
    ['application/json', '{"reason":'],
    ['application/json', '[]'],
    ['application/json', 'null'],
    ['application/json', '{"reason":""}'],
    ['text/html', '<h1>403</h1>'],
  ])('finds no words in %s %s', (type, body) => {
    expect(readRefusal(type, body)).toBeUndefined();
  });

  it('shortens what is too long to show', () => {
    expect(readRefusal('text/plain', 'x'.repeat(5000))?.reason.length).toBeLessThan(500);
  });
});

it.each([
  ['ws://h:8080/live/a.flv?k=ws:', 'http://h:8080/live/a.flv?k=ws:'],
  ['wss://h/live/a.flv', 'https://h/live/a.flv'],
  ['https://h/live/a.flv', 'https://h/live/a.flv'],
])('httpUrlOf %s', (url, expected) => {
  expect(httpUrlOf(url)).toBe(expected);
});
