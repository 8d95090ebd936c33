import { isIP } from 'node:net';

/** The name or address in a Host header or a tcUrl's authority: no port, no brackets, no final dot, lower case. */
export function hostOf(authority: string): string {
  const text = authority.trim().toLowerCase();
  if (text.startsWith('[')) return text.slice(1, text.includes(']') ? text.indexOf(']') : undefined);
  if (isIP(text) === 6) return text;
  const name = text.replace(/:\d*$/, '');
  return name.endsWith('.') ? name.slice(0, -1) : name;
}

/** True for an IPv4 or IPv6 address, which `*.example.com` never describes. */
export const isAddress = (host: string): boolean => isIP(host) !== 0;
