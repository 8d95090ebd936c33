import { type ReadonlySignal, signal } from '@preact/signals';

/** Light and dark as chosen here, or as the system has it. */
export type Theme = 'system' | 'light' | 'dark';

const KEPT_AS = 'headwater-theme';
const systemIsDark = matchMedia('(prefers-color-scheme: dark)');

const chosen = signal<Theme>(keptTheme());
export const theme: ReadonlySignal<Theme> = chosen;
const dark = signal(false);
/** What is seen now; graphs draw their own colours. */
export const isDark: ReadonlySignal<boolean> = dark;

export function chooseTheme(wanted: Theme): void {
  chosen.value = wanted;
  show();
  try {
    localStorage.setItem(KEPT_AS, wanted);
  } catch {
    // A browser that keeps nothing follows the system again.
  }
}

function show(): void {
  dark.value = chosen.value === 'dark' || (chosen.value === 'system' && systemIsDark.matches);
  document.documentElement.dataset.theme = dark.value ? 'dark' : 'light';
}

function keptTheme(): Theme {
  try {
    const kept = localStorage.getItem(KEPT_AS);
    return kept === 'light' || kept === 'dark' ? kept : 'system';
  } catch {
    return 'system';
  }
}

systemIsDark.addEventListener('change', show);
show();
