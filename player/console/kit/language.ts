import { type ReadonlySignal, signal } from '@preact/signals';
import type { Language } from './languages.ts';

const KEPT_AS = 'headwater-language';

const chosen = signal<Language>(firstLanguage());
/** What the console speaks: as chosen here before, else as the browser does. */
export const language: ReadonlySignal<Language> = chosen;

export function chooseLanguage(wanted: Language): void {
  chosen.value = wanted;
  try {
    localStorage.setItem(KEPT_AS, wanted);
  } catch {
    // A browser that keeps nothing asks for the language of its own again.
  }
}

/**
 * The words of one page or part in every language. What the second has not, or has too many of, is an error of types.
 * Phrases with a value in them are functions.
 */
export function dictionary<Words extends object>(en: Words, zh: NoInfer<Words>): () => Words {
  return () => (language.value === 'zh' ? zh : en);
}

/** `1 viewer`, `2 viewers`: an English count with its noun. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

function firstLanguage(): Language {
  const ofBrowser = globalThis.navigator?.language ?? '';
  return keptLanguage() ?? (ofBrowser.toLowerCase().startsWith('zh') ? 'zh' : 'en');
}

function keptLanguage(): Language | undefined {
  try {
    const kept = localStorage.getItem(KEPT_AS);
    return kept === 'en' || kept === 'zh' ? kept : undefined;
  } catch {
    return undefined;
  }
}
