const VALUES: Readonly<Record<string, string>> = {
  AppName: '[A-Za-z0-9_/-]+',
  StreamName: '[A-Za-z0-9_-]+',
  DomainName: '[A-Za-z0-9.-]+',
  UnixTimestamp: '\\d{1,12}',
  Sequence: '\\d{1,12}',
};

/** What names of the template look like; a variable that comes again stands for the same. */
export function patternOf(template: string): RegExp {
  const seen = new Set<string>();
  const source = template.split(/(\{\w+\})/).map((piece) => {
    const variable = /^\{(\w+)\}$/.exec(piece)?.[1];
    const value = variable === undefined ? undefined : VALUES[variable];
    if (variable === undefined || value === undefined) return piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    if (seen.has(variable)) return `\\k<${variable}>`;
    seen.add(variable);
    return `(?<${variable}>${value})`;
  });
  return new RegExp(`^${source.join('')}$`);
}
