import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { HeadwaterMark, MoonIcon, SignOutIcon, SunIcon, SystemIcon } from '../../icons/index.ts';
import {
  chooseLanguage,
  chooseTheme,
  isSignedOut,
  LANGUAGES,
  type Language,
  language,
  me,
  post,
  type Theme,
  theme,
} from '../kit/index.ts';
import type { ConsolePage } from './console-page.ts';
import { hrefOf } from './href.ts';
import { hasPage, shownPages } from './page-list.ts';
import { shellWords } from './words.ts';

/** The pages that somebody may see, by group; below them who they are, language, colours and the way out. */
export function Navigation(): VNode {
  const words = shellWords();
  const shown = shownPages();
  const groups = Object.entries(words.groups).map(([group, title]) => ({
    title,
    pages: shown.filter(({ entry }) => entry?.group === group),
  }));
  return (
    <>
      <a class="brand" href="/console/overview">
        <HeadwaterMark /> <strong>Headwater</strong>
      </a>
      <nav aria-label={words.pages}>
        {groups.map(({ title, pages }) =>
          pages.length === 0 ? null : (
            <div key={title} class="nav-group">
              <p>{title}</p>
              <ul>
                {pages.map((page) => (
                  <NavigationEntry key={page.path} page={page} />
                ))}
              </ul>
            </div>
          ),
        )}
      </nav>
      <Personal />
    </>
  );
}

function NavigationEntry({ page }: { readonly page: ConsolePage }): VNode {
  const { path } = useLocation();
  const Badge = page.entry?.badge;
  const href = hrefOf(page.path);
  const isHere = path === href;
  const isAbove = !isHere && path.startsWith(`${href}/`);
  const link = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    if (isHere) link.current?.scrollIntoView({ block: 'nearest' });
  }, [isHere]);
  return (
    <li>
      <a ref={link} href={href} aria-current={isHere ? 'page' : isAbove ? 'true' : undefined}>
        {page.entry?.icon()} {page.title[language.value]}
        {Badge && <Badge />}
      </a>
    </li>
  );
}

const THEMES: readonly (readonly [Theme, () => VNode])[] = [
  ['system', SystemIcon],
  ['light', SunIcon],
  ['dark', MoonIcon],
];

function Personal(): VNode {
  const words = shellWords();
  const signOut = async () => {
    await post('/logout');
    me.value = undefined;
    isSignedOut.value = true;
  };
  return (
    <div class="personal">
      <div class="switches">
        <fieldset aria-label={words.theme} class="choice">
          {THEMES.map(([each, icon]) => (
            <button
              key={each}
              type="button"
              aria-pressed={theme.value === each}
              aria-label={words.themes[each]}
              title={words.themes[each]}
              onClick={() => chooseTheme(each)}
            >
              {icon()}
            </button>
          ))}
        </fieldset>
        <fieldset aria-label={words.language} class="choice">
          {Object.entries(LANGUAGES).map(([each, name]) => (
            <button
              key={each}
              type="button"
              lang={each}
              aria-pressed={language.value === each}
              onClick={() => chooseLanguage(each as Language)}
            >
              {name}
            </button>
          ))}
        </fieldset>
      </div>
      <div class="who">
        {hasPage('account') ? (
          <a class="who-name" href={hrefOf('account')}>
            {me.value?.name}
          </a>
        ) : (
          <span class="who-name">{me.value?.name}</span>
        )}
        <button
          type="button"
          class="plain square"
          aria-label={words.signOut}
          title={words.signOut}
          onClick={() => void signOut()}
        >
          <SignOutIcon />
        </button>
      </div>
    </div>
  );
}
