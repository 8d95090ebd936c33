import { may } from '../kit/index.ts';
import type { ConsolePage } from './console-page.ts';
import { LIVE_PAGES } from './live-pages.ts';
import { MEDIA_PAGES } from './media-pages.ts';
import { PEOPLE_PAGES } from './people-pages.ts';
import { SETTINGS_PAGES } from './settings-pages.ts';
import { TOOL_PAGES } from './tool-pages.ts';

/** Every page, in the order of the navigation. */
const PAGES: readonly ConsolePage[] = [
  ...LIVE_PAGES,
  ...MEDIA_PAGES,
  ...TOOL_PAGES,
  ...SETTINGS_PAGES,
  ...PEOPLE_PAGES,
];

/** Those that are any use to who is signed in. */
export function shownPages(): ConsolePage[] {
  return PAGES.filter(({ needs }) => needs === null || [needs].flat().some(may));
}

/** Whether there is such a page, and it is any use to who is signed in. */
export function hasPage(path: string): boolean {
  return shownPages().some((each) => each.path === path);
}
