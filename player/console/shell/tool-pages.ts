import { CallbackIcon, LinkIcon, QuestionIcon, TerminalIcon } from '../../icons/index.ts';
import { type ConsolePage, page } from './console-page.ts';

/** Addresses, callbacks and calls. */
export const TOOL_PAGES: readonly ConsolePage[] = [
  page(
    'sign',
    ['URL generator', '地址生成器'],
    ['streams:push-urls', 'play-tokens:issue'],
    { group: 'tools', icon: LinkIcon },
    () => import('../pages/sign/page.tsx'),
  ),
  page(
    'explain',
    ['Explain a URL', '地址诊断'],
    'streams:read',
    { group: 'tools', icon: QuestionIcon },
    () => import('../pages/explain/page.tsx'),
  ),
  page(
    'callbacks',
    ['Callbacks', '回调'],
    'callbacks:read',
    { group: 'tools', icon: CallbackIcon },
    () => import('../pages/callbacks/page.tsx'),
  ),
  page(
    'explorer',
    ['OpenAPI explorer', 'OpenAPI 调试'],
    null,
    { group: 'tools', icon: TerminalIcon },
    () => import('../pages/explorer/page.tsx'),
  ),
];
