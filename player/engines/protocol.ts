/** How the stream reaches the video element. */
export type StreamProtocol = 'flv' | 'llhls' | 'hls' | 'native';

/** The protocols in the order of the menu, with the words for it. */
export const PROTOCOL_NAMES: Readonly<Record<StreamProtocol, string>> = {
  llhls: 'LL-HLS',
  hls: 'HLS',
  flv: 'HTTP-FLV',
  native: 'Browser’s own HLS',
};

/** Narrows a word from a query string. */
export function isStreamProtocol(word: string | null): word is StreamProtocol {
  return word !== null && Object.hasOwn(PROTOCOL_NAMES, word);
}

/** Media Source Extensions, or the managed form that iPhones have since iOS 17.1. */
export function hasMediaSource(scope: object = globalThis): boolean {
  return 'MediaSource' in scope || 'ManagedMediaSource' in scope;
}

/** What the menu offers: the browser's own player only where nothing else works, or where it was asked for. */
export function offeredProtocols(hasMse: boolean, asked?: StreamProtocol): StreamProtocol[] {
  if (!hasMse) return ['native'];
  return asked === 'native' ? ['llhls', 'hls', 'flv', 'native'] : ['llhls', 'hls', 'flv'];
}
