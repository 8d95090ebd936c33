/** The media playlist behind an address that may give a multivariant one, its first; empty where there is none yet. */
export async function mediaPlaylistOf(address: string): Promise<string> {
  const answer = await fetch(address);
  const text = await answer.text();
  if (!answer.ok) return '';
  if (!text.includes('#EXT-X-STREAM-INF')) return text;
  const child = text.split('\n').find((line) => line !== '' && !line.startsWith('#')) ?? '';
  const media = await fetch(new URL(child, answer.url));
  return media.ok ? media.text() : '';
}
