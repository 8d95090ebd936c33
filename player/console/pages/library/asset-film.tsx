import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { AssetPlayer, CHINESE, ENGLISH } from '../../../asset/index.ts';
import { type AssetInfo, readAssetInfo } from '../../../film/index.ts';
import { fields, text } from '../../answers/answer-fields.ts';
import { type ApiProblem, Card, dictionary, may, ProblemNote, pathOf, post, problemIn } from '../../kit/index.ts';
import { libraryWords } from './words.ts';

const filmWords = dictionary(ENGLISH, CHINESE);

type Opened = { readonly info: AssetInfo; readonly pageUrl: string };

/** What plays of an asset, opened with a token of its own; anew as often as there is more of it. */
export function AssetFilm({ id, version }: { readonly id: string; readonly version: string }): VNode | null {
  const words = libraryWords();
  const opened = useSignal<Opened | undefined>(undefined);
  const problem = useSignal<ApiProblem | undefined>(undefined);
  const isAway = useSignal(false);
  const mayPlay = may('play-tokens:issue');
  useEffect(() => {
    if (!mayPlay) return undefined;
    let isLeft = false;
    void open(id).then((found) => {
      if (isLeft) return;
      opened.value = found && 'info' in found ? found : undefined;
      problem.value = found && 'kind' in found ? found : undefined;
      isAway.value = found === undefined;
    });
    return () => {
      isLeft = true;
    };
  }, [id, version, mayPlay, opened, problem, isAway]);
  if (!mayPlay) return null;
  return (
    <Card
      title={words.player}
      class="asset-film"
      actions={
        opened.value && (
          <a href={opened.value.pageUrl} target="_blank" rel="noreferrer">
            {words.openPage}
          </a>
        )
      }
    >
      <ProblemNote problem={problem.value} />
      {isAway.value && <p class="hint">{words.cannotPlay}</p>}
      {opened.value && <AssetPlayer info={opened.value.info} words={filmWords()} />}
    </Card>
  );
}

/** Undefined where it does not play now. */
async function open(id: string): Promise<Opened | ApiProblem | undefined> {
  const answer = await post(`/assets${pathOf(id)}/play-auths`, { viewer: 'console', expiresInSeconds: 3000 });
  const problem = problemIn(answer);
  if (problem || !('value' in answer)) return problem;
  const { infoUrl, pageUrl } = fields(answer.value);
  const [url, page] = [text(infoUrl), text(pageUrl)];
  if (url === undefined || page === undefined) return undefined;
  const asked = await fetch(url, { cache: 'no-store' }).catch(() => undefined);
  const info = asked?.ok ? readAssetInfo(await asked.json(), asked.url) : undefined;
  return info && { info, pageUrl: page };
}
