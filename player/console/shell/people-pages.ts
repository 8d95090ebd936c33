import { KeyIcon, SettingsIcon, ShieldIcon, UsersIcon } from '../../icons/index.ts';
import { type ConsolePage, page } from './console-page.ts';

/** Who may what. */
export const PEOPLE_PAGES: readonly ConsolePage[] = [
  page(
    'users',
    ['Users', '用户'],
    'users:read',
    { group: 'people', icon: UsersIcon },
    () => import('../pages/users/page.tsx'),
  ),
  page(
    'access-keys',
    ['Access keys', '访问密钥'],
    'keys:read',
    { group: 'people', icon: KeyIcon },
    () => import('../pages/access-keys/page.tsx'),
  ),
  page(
    'audit',
    ['Audit log', '审计日志'],
    'audit:read',
    { group: 'people', icon: ShieldIcon },
    () => import('../pages/audit/page.tsx'),
  ),
  page(
    'account',
    ['My account', '我的账户'],
    null,
    { group: 'people', icon: SettingsIcon },
    () => import('../pages/account/page.tsx'),
  ),
];
