import { useEffect } from 'preact/hooks';
import type { PagedList } from './pages.ts';

const EVERY_MS = 5000;

/**
 * Asks a list anew as long as one of its rows is on the move and the page is seen, and now and then where `restingMs` says
 * so; not where somebody asked for more of it, which would go. `isMoving` is of the module.
 */
export function useReloading<Row>(list: PagedList<Row>, isMoving: (row: Row) => boolean, restingMs?: number): void {
  const isAnyMoving = list.state.value.rows?.some(isMoving) === true;
  const everyMs = isAnyMoving ? EVERY_MS : restingMs;
  useEffect(() => {
    if (everyMs === undefined) return undefined;
    const timer = window.setInterval(() => {
      if (!document.hidden && list.state.peek().pages <= 1) void list.reload();
    }, everyMs);
    return () => window.clearInterval(timer);
  }, [everyMs, list]);
}
