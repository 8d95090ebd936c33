const UNFIT = /^#|^\s|[\r\n]|\s$/;

/** The URI as a line of its own; throws RangeError for one that would be read as something else. */
export function uriLine(uri: string): string {
  if (uri === '' || UNFIT.test(uri)) {
    throw new RangeError('a URI line is not empty, no tag, and has no line break or outer space');
  }
  return uri;
}
