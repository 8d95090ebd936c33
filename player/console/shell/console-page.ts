import type { ComponentType, VNode } from 'preact';
import { lazy } from 'preact-iso';
import type { Language } from '../kit/index.ts';
import type { shellWords } from './words.ts';

type Needs = string | readonly string[] | null;

/** A page of the console. */
export type ConsolePage = {
  /** Below `/console/`; may have parameters (`:name`). */
  readonly path: string;
  readonly title: Readonly<Record<Language, string>>;
  /** Who may any of these sees the page; null is for everybody. */
  readonly needs: Needs;
  /** Where it stands in the navigation; a page that is reached from another has none. */
  readonly entry?: {
    readonly group: keyof ReturnType<typeof shellWords>['groups'];
    readonly icon: () => VNode;
    /** What stands behind its title. */
    readonly badge?: ComponentType;
  };
  readonly component: ComponentType;
};

type Load = () => Promise<{ readonly Page: () => VNode }>;

/** A page that is loaded when somebody goes there. */
export const page = (
  path: string,
  [en, zh]: readonly [en: string, zh: string],
  needs: Needs,
  entry: NonNullable<ConsolePage['entry']> | undefined,
  load: Load,
): ConsolePage => ({
  ...{ path, title: { en, zh }, needs },
  ...(entry && { entry }),
  component: lazy(async () => ({ default: (await load()).Page as ComponentType })),
});
