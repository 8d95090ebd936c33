import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fillTemplate } from './page-template.ts';

describe('fillTemplate', () => {
  it('fills names, and sections once for each of a list', () => {
    const template = '<p>{{app}}</p><!--#items--><li>{{app}}: {{name}}</li><!--/items-->';
    const items = [{ name: 'a' }, { name: 'b' }];
    expect(fillTemplate(template, { app: 'live', items })).toBe('<p>live</p><li>live: a</li><li>live: b</li>');
    expect(fillTemplate(template, { app: 'live', items: [] })).toBe('<p>live</p>');
  });

  it('has sections in sections', () => {
    const template = '<!--#list--><ol><!--#item-->{{n}}<!--/item--></ol><!--/list-->';
    expect(fillTemplate(template, { list: [{ item: [{ n: '1' }, { n: '2' }] }] })).toBe('<ol>12</ol>');
  });

  it('takes every value for text', () => {
    expect(fillTemplate('<a title="{{x}}">{{x}}</a>', { x: `"><script>'&` })).toBe(
      '<a title="&quot;&gt;&lt;script&gt;&#39;&amp;">&quot;&gt;&lt;script&gt;&#39;&amp;</a>',
    );
    fc.assert(fc.property(fc.string(), (x) => !/[<>"']/.test(fillTemplate('{{x}}', { x }))));
    expect(fillTemplate('<!--#s-->{{x}}<!--/s-->', { x: '{{y}}$&<!--#s-->', s: [{}] })).toBe(
      '{{y}}$&amp;&lt;!--#s--&gt;',
    );
  });

  it.each(['{{x}}', '{{toString}}', '<!--#x-->1<!--/x-->'])('throws where %s has no value', (template) => {
    expect(() => fillTemplate(template, {})).toThrow('of the page has no');
  });
});

describe('the page of a clip', () => {
  const values = {
    ...Object.fromEntries(
      ['title', 'description', 'app', 'stream', 'fileName', 'durationWords', 'wholeSeconds', 'width', 'height']
        .concat(['posterUrl', 'posterWidth', 'posterHeight', 'videoUrl', 'downloadUrl', 'pageUrl', 'streamPageUrl'])
        .concat(['startedAt', 'endedAt', 'startWords', 'endWords'])
        .map((name) => [name, `${name} <b>`]),
    ),
    chaptersTrack: [{ chaptersUrl: 'c.vtt' }],
    chaptersList: [{ chapter: [{ seconds: '12.5', at: '0:12', name: 'Goal <i>' }] }],
  };

  it('can be filled, with and without chapters', async () => {
    const template = await readFile('player/clip/index.html', 'utf8');
    const page = fillTemplate(template, values);
    expect(page).toContain('<meta property="og:title" content="title &lt;b&gt;" />');
    expect(page).toContain('data-seconds="12.5"');
    expect(page).not.toMatch(/\{\{|<b>|<i>|<!--[#/]/);
    expect(fillTemplate(template, { ...values, chaptersTrack: [], chaptersList: [] })).not.toContain('Chapters');
  });
});
