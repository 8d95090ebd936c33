/** What a stream is known by: its playback domain's rule name, its app (up to four segments) and its name. */
export type StreamId = {
  readonly domain: string;
  readonly app: string;
  readonly name: string;
};

/** A string that is equal for equal ids and for no others. */
export function streamKey(id: StreamId): string {
  return `${id.domain}/${id.app}/${id.name}`;
}
