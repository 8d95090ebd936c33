import { readFile } from 'node:fs/promises';

/** The block of a document that its comment names: `<!-- haproxy.cfg -->`. */
export async function blockOfGuide(document: string, name: string): Promise<string> {
  const text = await readFile(new URL(`../../docs/${document}`, import.meta.url), 'utf8');
  const found = new RegExp(`<!-- ${name} -->\\n\`\`\`\\w+\\n([^\`]*)\`\`\``).exec(text);
  if (!found?.[1]) throw new Error(`${document} has no ${name}`);
  return found[1];
}

export type HAProxyPorts = { readonly rtmp: number; readonly playback: number };
export type HAProxyNode = HAProxyPorts & { readonly address: string; readonly metrics: number };

/** The guide's configuration of HAProxy, with the addresses of a test in place of its own. */
export function haproxyAt(config: string, at: HAProxyPorts, nodes: Readonly<Record<string, HAProxyNode>>): string {
  const server = (name: string, door: keyof HAProxyPorts) => {
    const node = nodes[name];
    if (!node) throw new Error(`there is no node ${name}`);
    return `server ${name} ${node.address}:${node[door]} port ${node.metrics}`;
  };
  return config
    .replace('bind :1935', `bind 127.0.0.1:${at.rtmp}`)
    .replace('bind :80', `bind 127.0.0.1:${at.playback}`)
    .replaceAll(/server (\w+) [\d.]+:1935/g, (_, name: string) => server(name, 'rtmp'))
    .replaceAll(/server (\w+) [\d.]+:8080/g, (_, name: string) => server(name, 'playback'));
}

/** The guide's configuration of nginx, with the hosts of a test in place of its own; its port is still to be named. */
export function nginxAt(config: string, nodes: { readonly one: string; readonly two: string }): string {
  return (
    config
      // biome-ignore lint/suspicious/noTemplateCurlyInString: what `startNginx` fills in
      .replace('listen 80;', 'listen ${port};')
      .replaceAll('10.0.0.11:8080', nodes.one)
      .replaceAll('10.0.0.12:8080', nodes.two)
  );
}
