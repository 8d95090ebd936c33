import type { VNode } from 'preact';

/** Text as it is, such as JSON. What is wider or longer than its box can be scrolled by keys, too. */
export function Preformatted({ label, text }: { readonly label: string; readonly text: string }): VNode {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without it a keyboard cannot scroll
    <section class="preformatted" tabIndex={0} aria-label={label}>
      <pre>{text}</pre>
    </section>
  );
}
