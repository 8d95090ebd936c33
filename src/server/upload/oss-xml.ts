/** An element's content: text, elements by name, or several elements of one name. */
export type Xml = string | number | boolean | undefined | readonly Xml[] | { readonly [name: string]: Xml };

/** A whole document; what is undefined is left out. */
export function xmlDocument(root: string, content: Xml): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element(root, content)}`;
}

function element(name: string, content: Xml): string {
  if (content === undefined) return '';
  if (isList(content)) return content.map((each) => element(name, each)).join('');
  if (typeof content !== 'object') return `<${name}>${escaped(String(content))}</${name}>`;
  const inner = Object.entries(content).map(([inside, value]) => element(inside, value));
  return `<${name}>${inner.join('')}</${name}>`;
}

const isList = (content: Xml): content is readonly Xml[] => Array.isArray(content);

/** Control characters have no form in XML; names of objects have none. */
function escaped(text: string): string {
  return text.replace(/(?![\t\n\r])\p{Cc}/gu, '\u{fffd}').replace(/[&<>"]/g, (each) => `&#${each.charCodeAt(0)};`);
}

/** The numbers and tags of a CompleteMultipartUpload; undefined where it is none. */
export function namedParts(text: string): { readonly number: number; readonly tag: string }[] | undefined {
  if (!/<CompleteMultipartUpload[\s>]/.test(text)) return undefined;
  return [...text.matchAll(/<Part>([\s\S]*?)<\/Part>/g)].map(([, part = '']) => ({
    number: Number(/<PartNumber>\s*(\d{1,6})\s*<\/PartNumber>/.exec(part)?.[1] ?? 0),
    tag: (
      /<ETag>\s*(?:&quot;|&#34;|")?([0-9A-Fa-f]{32})(?:&quot;|&#34;|")?\s*<\/ETag>/.exec(part)?.[1] ?? ''
    ).toLowerCase(),
  }));
}
