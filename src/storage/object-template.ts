/** Fills in variables such as `{AppName}`; what has no value, and all else in the text, stays as it is. */
export function fillObjectTemplate(template: string, values: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? String(values[name]) : whole,
  );
}
