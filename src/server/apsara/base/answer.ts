/** An answer as programs of ApsaraVideo read it. */
export type Body = { readonly [name: string]: unknown };

/** JSON where it is asked for, in any letters; XML otherwise, as the first clients had it. */
export function isJson(format: string | undefined): boolean {
  return format?.toUpperCase() === 'JSON';
}

/** Elements are called as in JSON; one of a list is there as often as the list has items. */
export function xmlText(root: string, body: Body): string {
  return `<?xml version='1.0' encoding='UTF-8' standalone='yes'?><${root}>${elements(body)}</${root}>`;
}

function elements(body: Body): string {
  return Object.entries(body)
    .flatMap(([name, value]) =>
      Array.isArray(value) ? value.map((each) => element(name, each)) : [element(name, value)],
    )
    .join('');
}

function element(name: string, value: unknown): string {
  if (value === undefined || value === null) return '';
  const inner = typeof value === 'object' ? elements(value as Body) : escaped(String(value));
  return `<${name}>${inner}</${name}>`;
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** What XML 1.0 has no character for becomes the sign of a character that was lost. */
function escaped(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that are meant
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, '\ufffd')
      .replace(/[&<>"]/g, (char) => ESCAPES[char] ?? char)
  );
}
