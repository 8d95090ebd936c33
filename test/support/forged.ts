/** A URL whose session token is another one: the first character of its MAC is changed, which decodes differently in any case. */
export function forged(url: string): string {
  return url.replace(/(~[^/]*\.)([^./])([^./]*)(?=\/)/, (_, head: string, first: string, rest: string) => {
    return `${head}${first === 'A' ? 'B' : 'A'}${rest}`;
  });
}
