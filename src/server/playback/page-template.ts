/** What a template's names stand for; a section is there once for each of its list, so not at all for an empty one. */
export type TemplateValues = { readonly [name: string]: string | readonly TemplateValues[] };

const PLACE = /<!--#([a-zA-Z]+)-->(.*?)<!--\/\1-->|\{\{([a-zA-Z]+)\}\}/gs;
const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Fills a page of HTML: `{{name}}` in text and in quoted attributes, `<!--#name-->` to `<!--/name-->` for a section,
 * in which the names around it hold too. Every value is text, never markup. Throws where a name has no value.
 */
export function fillTemplate(template: string, values: TemplateValues): string {
  // In one go, so that what was filled in is not looked at again.
  return template.replace(PLACE, (_place, section: string | undefined, inner: string, name: string) => {
    return section === undefined ? textOf(values, name) : filledSection(inner, section, values);
  });
}

function filledSection(inner: string, name: string, values: TemplateValues): string {
  const list = values[name];
  if (!Array.isArray(list)) throw new Error(`the section ${name} of the page has no list`);
  return list.map((each: TemplateValues) => fillTemplate(inner, { ...values, ...each })).join('');
}

function textOf(values: TemplateValues, name: string): string {
  const value = values[name];
  if (typeof value !== 'string') throw new Error(`${name} of the page has no value`);
  return value.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
}
