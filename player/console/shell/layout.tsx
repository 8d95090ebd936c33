import { useSignal } from '@preact/signals';
import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { CloseIcon, HeadwaterMark, MenuIcon } from '../../icons/index.ts';
import { Findings, me } from '../kit/index.ts';
import { hrefOf } from './href.ts';
import { Navigation } from './navigation.tsx';
import { shellWords } from './words.ts';

/** Navigation beside the page; on a phone it comes as a drawer from the button at the top. */
export function Layout({ children }: { readonly children: ComponentChildren }): VNode {
  const words = shellWords();
  const isOpen = useSignal(false);
  const { url } = useLocation();
  useEffect(() => {
    isOpen.value = false;
  }, [url]);
  return (
    <div class="shell">
      <a class="skip" href="#content">
        {words.skip}
      </a>
      <aside class="side">
        <Navigation />
      </aside>
      <header class="top">
        <button
          type="button"
          class="plain square"
          aria-label={words.menu}
          aria-expanded={isOpen.value}
          onClick={() => {
            isOpen.value = true;
          }}
        >
          <MenuIcon />
        </button>
        <HeadwaterMark />
        <strong>Headwater</strong>
      </header>
      {isOpen.value && (
        <Drawer
          onClose={() => {
            isOpen.value = false;
          }}
        />
      )}
      <main id="content" class="content">
        {me.value?.mustEnrol && (
          <>
            <Findings
              tone="bad"
              findings={[{ code: 'MUST_ENROL', sentence: words.mustEnrol, remedy: words.mustEnrolRemedy }]}
            />
            <p class="trail">
              <a href={hrefOf('account')}>{words.toAccount}</a>
            </p>
          </>
        )}
        {children}
      </main>
    </div>
  );
}

function Drawer({ onClose }: { readonly onClose: () => void }): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const words = shellWords();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="drawer side" aria-label={words.menu} onClose={onClose}>
      <button
        type="button"
        class="plain square drawer-close"
        aria-label={words.menu}
        onClick={() => dialog.current?.close()}
      >
        <CloseIcon />
      </button>
      <Navigation />
    </dialog>
  );
}
