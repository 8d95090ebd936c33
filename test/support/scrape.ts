/** The metrics of one scrape: sums over the series that have the labels asked for. */
export class Scrape {
  readonly text: string;
  readonly series: { readonly name: string; readonly labels: Record<string, string>; readonly value: number }[];

  constructor(text: string) {
    this.text = text;
    this.series = text.split('\n').flatMap((line) => {
      const [, name, labels = '', value] = /^([a-z_:0-9]+)(?:\{(.*)\})? (\S+)$/i.exec(line) ?? [];
      if (name === undefined) return [];
      const pairs = [...labels.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, text]) => [key, text]);
      return [{ name, labels: Object.fromEntries(pairs), value: Number(value) }];
    });
  }

  static async of(url: string, headers: Record<string, string> = {}): Promise<Scrape> {
    const response = await fetch(url, { headers });
    if (!response.ok) throw new Error(`${url}: ${response.status}`);
    return new Scrape(await response.text());
  }

  /** `headwater_` goes without saying; 0 where nothing was counted. */
  sum(name: string, labels: Record<string, string> = {}): number {
    const wanted = Object.entries(labels);
    return this.series
      .filter((each) => each.name === `headwater_${name}` && wanted.every(([key, value]) => each.labels[key] === value))
      .reduce((sum, { value }) => sum + value, 0);
  }
}
