import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { type AssetInfo, readAssetInfo } from '../film/index.ts';
import { HeadwaterMark } from '../icons/index.ts';
import { type Refusal, readRefusal } from '../refusal/index.ts';
import type { AssetAddress } from './asset-address.ts';
import { AssetPlayer } from './asset-player.tsx';
import { ENGLISH } from './asset-words.ts';

type State = { readonly info?: AssetInfo; readonly refusal?: Refusal };

/** The page that plays an asset of the library. */
export function AssetPage({ address }: { readonly address: AssetAddress }): VNode {
  const state = useSignal<State>({});
  useEffect(() => {
    void ask(address.infoUrl).then((found) => {
      state.value = found;
      if (found.info) document.title = `${found.info.title} – Headwater`;
    });
  }, [address, state]);
  const { info, refusal } = state.value;
  return (
    <div class="page">
      {!address.isEmbedded && (
        <header>
          <HeadwaterMark />
          <h1>{info?.title ?? ''}</h1>
          {info?.previewSeconds !== undefined && <span class="pill">Preview</span>}
        </header>
      )}
      <main>
        {info && <AssetPlayer info={info} isMuted={address.isMuted} startsByItself={address.startsByItself} />}
        {refusal && <Refused refusal={refusal} />}
        {!info && !refusal && <section class="stage" aria-busy="true" aria-label="Video" />}
      </main>
    </div>
  );
}

function Refused({ refusal: { reason, remedy } }: { readonly refusal: Refusal }): VNode {
  return (
    <section class="stage" aria-label="Video">
      <div class="overlay overlay-refused" role="alert">
        <div class="card tone-bad">
          <h2>{reason}</h2>
          {remedy && <p class="remedy">{remedy}</p>}
        </div>
      </div>
    </section>
  );
}

async function ask(url: string): Promise<State> {
  try {
    const answer = await fetch(url, { cache: 'no-store' });
    const text = await answer.text();
    if (!answer.ok) return { refusal: readRefusal(answer.headers.get('content-type') ?? '', text) ?? UNKNOWN };
    const info = readAssetInfo(JSON.parse(text), answer.url);
    return info ? { info } : { refusal: UNKNOWN };
  } catch {
    return { refusal: { ...UNKNOWN, remedy: 'Look at the connection, then load the page again.' } };
  }
}

const UNKNOWN: Refusal = { reason: ENGLISH.cannotPlay };
