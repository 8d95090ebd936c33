import { describe, expect, it } from 'vitest';
import { readAssetAddress } from './asset-address.ts';

const ID = '0123456789abcdef0123456789abcdef';

describe('readAssetAddress', () => {
  it('gives what is no parameter of the page on', () => {
    expect(readAssetAddress(`https://a.example/vod/${ID}?play_auth=t&embed=1&autoplay=0`)).toEqual({
      ...{ asset: ID, infoUrl: `https://a.example/vod/${ID}/play.json?play_auth=t` },
      ...{ isEmbedded: true, isMuted: false, startsByItself: false },
    });
  });

  it('leaves streams to their own page', () => {
    expect(readAssetAddress('https://a.example/vod/demo')).toBeUndefined();
    expect(readAssetAddress(`https://a.example/live/${ID}`)).toBeUndefined();
  });
});
