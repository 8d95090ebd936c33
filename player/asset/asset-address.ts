/** What the address of an asset's page says. */
export type AssetAddress = {
  readonly asset: string;
  /** What the page begins with. */
  readonly infoUrl: string;
  readonly isEmbedded: boolean;
  readonly isMuted: boolean;
  readonly startsByItself: boolean;
};

const PATH = /^(.*\/vod\/([0-9a-f]{32}))\/?$/;
const OWN_PARAMETERS = ['embed', 'muted', 'autoplay'];

/** Reads `/vod/{asset}?...`, where types B and C may have a signature in front; undefined for the page of a stream. */
export function readAssetAddress(href: string): AssetAddress | undefined {
  const page = new URL(href);
  const [, path, asset] = PATH.exec(page.pathname) ?? [];
  if (path === undefined || asset === undefined) return undefined;
  const info = new URL(`${path}/play.json`, page.origin);
  for (const [name, value] of page.searchParams) {
    if (!OWN_PARAMETERS.includes(name)) info.searchParams.append(name, value);
  }
  const { searchParams } = page;
  return {
    ...{ asset, infoUrl: info.href },
    isEmbedded: isOn(searchParams.get('embed')),
    isMuted: isOn(searchParams.get('muted')),
    startsByItself: searchParams.get('autoplay') !== '0',
  };
}

function isOn(value: string | null): boolean {
  return value === '1' || value === 'true' || value === '';
}
