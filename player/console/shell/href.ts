/** A page's address, its parameters in their order. */
export function hrefOf(path: string, ...parameters: readonly string[]): string {
  const rest = [...parameters];
  return `/console/${path.replaceAll(/:\w+/g, () => encodeURIComponent(rest.shift() ?? ''))}`;
}
