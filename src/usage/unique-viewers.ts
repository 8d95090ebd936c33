import type { ScopeUsage } from './stream-usage.ts';
import { SCOPE_NUMBERS, type SketchRow } from './usage-row.ts';
import type { ViewerHash } from './viewer-sketch.ts';
import { ViewerSketch } from './viewer-sketch.ts';

const SPANS = { hour: 3_600_000, day: 86_400_000 } as const;

type Kept = { readonly sketch: ViewerSketch; readonly grain: keyof typeof SPANS; readonly at: number };

/** Who watched, by hour and day, in every scope. */
export class UniqueViewers {
  readonly #wallMs: () => number;
  readonly #kept = new WeakMap<ScopeUsage, Map<keyof typeof SPANS, Kept>>();
  /** Those that changed since they were last taken. */
  #changed = new Map<Kept, ScopeUsage>();

  constructor(wallMs: () => number) {
    this.#wallMs = wallMs;
  }

  seen(scopes: readonly ScopeUsage[], viewer: ViewerHash): void {
    const wallMs = this.#wallMs();
    for (const scope of scopes) {
      for (const grain of ['hour', 'day'] as const) {
        const kept = this.#of(scope, grain, Math.floor(wallMs / SPANS[grain]) * SPANS[grain]);
        if (kept.sketch.add(viewer)) this.#changed.set(kept, scope);
      }
    }
  }

  /** What changed since it was last asked for. */
  take(): SketchRow[] {
    const changed = this.#changed;
    this.#changed = new Map();
    return [...changed].map(([{ sketch, grain, at }, { scope, domain, app, stream }]) => ({
      ...{ id: sketch.id, grain, at, scope: SCOPE_NUMBERS[scope], domain, app, stream },
      sketch: sketch.bytes().toString('base64'),
    }));
  }

  #of(scope: ScopeUsage, grain: keyof typeof SPANS, at: number): Kept {
    const spans = this.#kept.get(scope) ?? new Map<keyof typeof SPANS, Kept>();
    this.#kept.set(scope, spans);
    const known = spans.get(grain);
    if (known?.at === at) return known;
    const kept = { sketch: new ViewerSketch(), grain, at };
    spans.set(grain, kept);
    return kept;
  }
}
