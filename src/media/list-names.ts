/** A playlist of HLS that leads to files under other names. */
export function renamedHls(text: string, nameOf: (name: string) => string): string {
  const uri = (name: string) => encodeURI(nameOf(name)).replace(/[#?]/g, encodeURIComponent);
  return text
    .replace(/^(?!#)(\S.*)$/gm, (name) => uri(name))
    .replace(/(#EXT-X-(?:MAP|MEDIA):.*URI=")([^"]+)/g, (_whole, before: string, name: string) => before + uri(name));
}

/** A manifest of DASH that leads to files under other names. */
export function renamedDash(text: string, nameOf: (name: string) => string): string {
  return text.replace(/\b(initialization|media)="([^"]+)"/g, (_whole, attribute: string, name: string) => {
    const escaped = encodeURI(nameOf(name)).replace(/[#?&]/g, encodeURIComponent);
    // `$Number%05d$` is for the player.
    return `${attribute}="${escaped.replace(/%25/g, '%')}"`;
  });
}
