import { FilmIcon, FlowIcon, LayersIcon, SlidersIcon } from '../../icons/index.ts';
import { type ConsolePage, page } from './console-page.ts';

/** The library, and what is done to media. */
export const MEDIA_PAGES: readonly ConsolePage[] = [
  page(
    'library',
    ['Library', '媒资库'],
    'assets:read',
    { group: 'media', icon: FilmIcon },
    () => import('../pages/library/page.tsx'),
  ),
  page('library/:id', ['Asset', '媒资'], 'assets:read', undefined, () => import('../pages/library/one-page.tsx')),
  page(
    'jobs',
    ['Jobs', '任务'],
    'jobs:read',
    { group: 'media', icon: LayersIcon },
    () => import('../pages/jobs/page.tsx'),
  ),
  page('jobs/:id', ['Job', '任务'], 'jobs:read', undefined, () => import('../pages/jobs/one-page.tsx')),
  page(
    'media-templates',
    ['Media templates', '媒体模板'],
    'templates:read',
    { group: 'media', icon: SlidersIcon },
    () => import('../pages/media-templates/page.tsx'),
  ),
  page(
    'media-templates/:kind',
    ['Media templates', '媒体模板'],
    'templates:read',
    undefined,
    () => import('../pages/media-templates/page.tsx'),
  ),
  page(
    'media-templates/:kind/:id',
    ['Template', '模板'],
    'templates:read',
    undefined,
    () => import('../pages/media-templates/one-page.tsx'),
  ),
  page(
    'workflows',
    ['Workflows', '工作流'],
    'templates:read',
    { group: 'media', icon: FlowIcon },
    () => import('../pages/workflows/page.tsx'),
  ),
  page(
    'workflows/:workflow',
    ['Workflow', '工作流'],
    'templates:read',
    undefined,
    () => import('../pages/workflows/one-page.tsx'),
  ),
  page(
    'workflow-editor',
    ['New workflow', '新建工作流'],
    'templates:write',
    undefined,
    () => import('../pages/workflows/edit-page.tsx'),
  ),
  page(
    'workflow-editor/:workflow',
    ['New version', '新版本'],
    'templates:write',
    undefined,
    () => import('../pages/workflows/edit-page.tsx'),
  ),
  page('workflow-runs/:run', ['Run', '运行'], 'jobs:read', undefined, () => import('../pages/workflows/run-page.tsx')),
];
