import { type CompileOptions, compileRules, type RuleError } from './compile.ts';
import type { CompiledRules, ObjectKind, Origin } from './compiled-rules.ts';
import { OBJECT_KINDS } from './identity.ts';
import { type NewRevision, type Revision, RevisionConflictError, type RevisionStore } from './revision-store.ts';
import { type FileReading, RulesFile } from './rules-file.ts';
import {
  EMPTY_HALF,
  type MergedHalves,
  mergeHalves,
  parseHalf,
  type RulesHalf,
  type ShadowedObject,
} from './rules-half.ts';
import { readSavedRules, writeSavedRules } from './saved-rules.ts';
import type { RulesInput } from './schema.ts';

/** A document that was not taken; the rules before it stay. */
export type Refusal = {
  readonly source: 'file' | 'database' | 'saved';
  readonly errors: readonly RuleError[];
};

export type RulesSourceOptions = {
  /** Holds `rules.json`, from which the node starts when there is no database. */
  readonly dataDir: string;
  readonly rulesFile?: string | undefined;
  /** The storages that rules may name; left out, any. */
  readonly storages?: readonly string[] | undefined;
  readonly watermarkCheck?: CompileOptions['watermarkCheck'];
  /** Rules for the very first start, asked for only when nothing is stored or saved. */
  readonly initial: () => RulesInput;
  readonly store?: RevisionStore | undefined;
  readonly onRefused?: (refusal: Refusal) => void;
  /** The document of this source was taken, so that its earlier refusal is over. */
  readonly onTaken?: (source: 'file' | 'database') => void;
  /** Hears what went wrong apart from documents: store away, disk full, a listener that threw. */
  readonly onFailure?: (error: Error) => void;
  /** See RulesFileOptions. */
  readonly settleMs?: number;
};

export type ApplyOptions = {
  readonly author: string;
  readonly reason: string;
  /** The revision that the change was made to; when it is not the current one any more, nothing is applied. */
  readonly base?: number;
  /** What else is stored with the revision, or not at all; it needs a store. */
  readonly also?: NewRevision['also'];
};

export type ApplyResult =
  | { readonly ok: true; readonly compiled: CompiledRules; readonly shadowed: readonly ShadowedObject[] }
  | {
      readonly ok: false;
      readonly code: 'INVALID' | 'CONFLICT' | 'UNAVAILABLE';
      readonly errors: readonly RuleError[];
    };

/** Whether a document could replace the API's, and what would be then. */
export type CheckResult =
  | { readonly ok: true; readonly half: RulesHalf; readonly compiled: CompiledRules }
  | { readonly ok: false; readonly errors: readonly PlacedError[] };

/** `origin` is where the place is, if it is not in the document that was looked at. */
export type PlacedError = RuleError & { readonly origin?: Origin };

type Listener = (rules: CompiledRules) => void;

type State = {
  readonly revision: number;
  readonly api: RulesHalf;
  readonly file: RulesHalf;
  readonly compiled: CompiledRules;
  readonly shadowed: readonly ShadowedObject[];
};

type StateResult =
  | { readonly ok: true; readonly state: State }
  | { readonly ok: false; readonly errors: readonly RuleError[] };

type Halves = Pick<State, 'revision' | 'api' | 'file'>;

type Around = Pick<CompileOptions, 'storages' | 'watermarkCheck' | 'wereInForce'>;

function stateOf({ revision, api, file }: Halves, around: Around = {}, own: Origin = 'api'): StateResult {
  const { storages, watermarkCheck, wereInForce = false } = around;
  const merged = mergeHalves(api, file);
  const { document, originOf, shadowed } = merged;
  const result = compileRules(document, { revision, originOf, storages, watermarkCheck, wereInForce });
  if (!result.ok) return { ok: false, errors: result.errors.map((error) => placed(error, merged, own)) };
  return { ok: true, state: { revision, api, file, compiled: result.compiled, shadowed } };
}

/** Errors name places in the two documents together; people have each by itself. */
function placed(error: RuleError, { placeOf }: MergedHalves, own: Origin): PlacedError {
  const [, kind = '', index = '', rest = ''] = /^(\w+)\[(\d+)\](.*)$/.exec(error.path) ?? [];
  if (!OBJECT_KINDS.includes(kind as ObjectKind)) return error;
  const place = placeOf(kind as ObjectKind, Number(index));
  const path = `${kind}[${place.index}]${rest}`;
  return { ...error, path, ...(place.origin === own ? {} : { origin: place.origin }) };
}

const asError = (error: unknown) => (error instanceof Error ? error : new Error(String(error)));

const failed = (code: 'INVALID' | 'CONFLICT' | 'UNAVAILABLE', message: string): ApplyResult => ({
  ok: false,
  code,
  errors: [{ path: '', message }],
});

/**
 * The current rules, made of two documents: the rules file's, which this node watches, and the one changed through
 * the API, which lives in the revision store. Each is taken whole or not at all.
 */
export class RulesSource {
  readonly #options: RulesSourceOptions;
  readonly #listeners = new Set<Listener>();
  #state: State;
  #store: RevisionStore | undefined;
  /** The revision of the attached store that was taken or refused last. */
  #storeRevision: number | undefined;
  /** What contradicts the other document now, and is tried again when that one changes. */
  #pendingFile: RulesHalf | undefined;
  #pendingRevision: Revision | undefined;
  /** What is wrong with what was saved, until the file or the store says the same or is taken in its place. */
  #untold: readonly RuleError[] | undefined;
  #stopStore: () => void = () => undefined;
  #rulesFile: RulesFile | undefined;
  #work: Promise<unknown> = Promise.resolve();
  #saving: Promise<void> = Promise.resolve();
  #savingNext = false;

  private constructor(options: RulesSourceOptions, state: State) {
    this.#options = options;
    this.#state = state;
  }

  /** Starts from what was saved, else from the initial rules; then takes the rules file and the store's latest. */
  static async open(options: RulesSourceOptions): Promise<RulesSource> {
    const saved = await readSavedRules(options.dataDir);
    if (!saved.ok) options.onRefused?.({ source: 'saved', errors: saved.errors });
    const start = saved.ok ? saved.saved : undefined;
    const strict = start && stateOf(start, options);
    // A storage or an image that is no longer there is no reason to begin with other keys and domains than before.
    const kept = start && (strict?.ok ? strict : stateOf(start, { wereInForce: true }));
    const self = new RulesSource(options, kept?.ok ? kept.state : initialState(options));
    if (strict?.ok === false) self.#untold = strict.errors;
    if (options.rulesFile === undefined) await self.#serial(() => self.#takeFile(EMPTY_HALF));
    else await self.#watch(options.rulesFile);
    await self.#serial(() => self.#save());
    if (options.store !== undefined) await self.attachStore(options.store);
    const errors = self.#untold;
    self.#untold = undefined;
    if (errors !== undefined) options.onRefused?.({ source: 'saved', errors });
    return self;
  }

  /** The rules as of now; ask again for every decision. */
  current(): CompiledRules {
    return this.#state.compiled;
  }

  /** A copy of the API's document, without the rules file's objects: what `apply` replaces. */
  apiDocument(): RulesHalf {
    return structuredClone(this.#state.api);
  }

  /** A copy of the rules file's document. */
  fileDocument(): RulesHalf {
    return structuredClone(this.#state.file);
  }

  /** Whether `apply` would take the document now. */
  check(document: unknown): CheckResult {
    const { revision, file } = this.#state;
    const parsed = parseHalf(document);
    if (!parsed.ok) return parsed;
    const next = this.#stateOf({ revision, api: parsed.half, file });
    return next.ok ? { ok: true, half: parsed.half, compiled: next.state.compiled } : next;
  }

  /** `listener` is called after every change. Returns the way to stop it. */
  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Follows the store from now on: its latest revision counts, or it gets ours when it is empty. Attach a store that is
   * away, too: changes are then refused until it is back, and not lost to its older revision.
   */
  async attachStore(store: RevisionStore): Promise<void> {
    this.#stopStore();
    this.#store = store;
    this.#storeRevision = undefined;
    this.#stopStore = store.onNewRevision(() => void this.refresh());
    await this.refresh();
  }

  /** Takes the store's latest revision; for when it may have been away. Never rejects. */
  refresh(): Promise<void> {
    return this.#serial(() => this.#refresh()).catch((error: unknown) => this.#fail(error));
  }

  /** Replaces the API's document. It is in the store, or without one on the disk, before it counts. */
  apply(document: unknown, options: ApplyOptions): Promise<ApplyResult> {
    return this.#serial(() => this.#apply(document, options));
  }

  async close(): Promise<void> {
    this.#stopStore();
    this.#store = undefined;
    await this.#rulesFile?.close();
    await this.#work;
    await this.#saving;
  }

  #stateOf(halves: Halves, own?: Origin): StateResult {
    return stateOf(halves, this.#options, own);
  }

  #serial<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#work.then(task);
    this.#work = result.catch(() => undefined);
    return result;
  }

  async #watch(file: string): Promise<void> {
    const { settleMs } = this.#options;
    const onReading = (reading: FileReading) =>
      this.#serial(() => this.#read(reading)).catch((error: unknown) => this.#fail(error));
    this.#rulesFile = await RulesFile.open({ file, onReading, ...(settleMs === undefined ? {} : { settleMs }) });
  }

  async #read(reading: FileReading): Promise<void> {
    const parsed = reading.ok ? parseHalf(reading.document) : reading;
    this.#pendingFile = undefined;
    if (!parsed.ok) this.#refuse('file', parsed.errors);
    else if ('half' in parsed) await this.#takeFile(parsed.half);
  }

  async #takeFile(file: RulesHalf): Promise<void> {
    const { revision, api } = this.#state;
    const next = this.#stateOf({ revision, api, file }, 'file');
    this.#pendingFile = next.ok ? undefined : file;
    if (!next.ok) return this.#refuse('file', next.errors);
    this.#swap(next.state);
    this.#options.onTaken?.('file');
    this.#saveSoon();
    if (this.#pendingRevision !== undefined) await this.#takeRevision(this.#pendingRevision);
  }

  async #refresh(): Promise<void> {
    const store = this.#store;
    if (store === undefined) return;
    const latest = (await store.latest()) ?? (await this.#fillStore(store));
    if (latest === undefined || latest.number === this.#storeRevision) return;
    this.#storeRevision = latest.number;
    await this.#takeRevision(latest);
  }

  /** The revision that the empty store has after this: ours, or that of a node that was faster. */
  async #fillStore(store: RevisionStore): Promise<Revision | undefined> {
    const first = { base: 0, document: this.#state.api, author: 'headwater', reason: 'first revision' };
    try {
      return { ...first, number: await store.append(first) };
    } catch (error) {
      if (error instanceof RevisionConflictError) return store.latest();
      throw error;
    }
  }

  async #takeRevision(revision: Revision): Promise<void> {
    const parsed = parseHalf(revision.document);
    const { file } = this.#state;
    const next = parsed.ok ? this.#stateOf({ revision: revision.number, api: parsed.half, file }) : parsed;
    this.#pendingRevision = next.ok ? undefined : revision;
    if (!next.ok) return this.#refuse('database', next.errors);
    this.#swap(next.state);
    this.#options.onTaken?.('database');
    this.#saveSoon();
    if (this.#pendingFile !== undefined) await this.#takeFile(this.#pendingFile);
  }

  async #apply(document: unknown, { author, reason, base, also }: ApplyOptions): Promise<ApplyResult> {
    const { revision, file } = this.#state;
    if (base !== undefined && base !== revision) return failed('CONFLICT', `the current revision is ${revision}`);
    const parsed = parseHalf(document);
    const checked = parsed.ok ? this.#stateOf({ revision, api: parsed.half, file }) : parsed;
    if (!parsed.ok || !checked.ok) return { ok: false, code: 'INVALID', errors: checked.ok ? [] : checked.errors };
    if (this.#store !== undefined && this.#storeRevision === undefined) {
      return failed('UNAVAILABLE', 'the database could not be read yet; try again, or use the rules file');
    }
    const stored = await this.#append({ base: revision, document: parsed.half, author, reason, also });
    if (typeof stored !== 'number') return stored;
    const next = this.#stateOf({ revision: stored, api: parsed.half, file });
    if (!next.ok) return { ok: false, code: 'INVALID', errors: next.errors };
    if (this.#store !== undefined) this.#storeRevision = stored;
    else if (!(await this.#save(next.state))) return failed('UNAVAILABLE', 'the rules could not be written to disk');
    this.#swap(next.state);
    this.#options.onTaken?.('database');
    if (this.#store !== undefined) await this.#save();
    if (this.#pendingFile !== undefined) await this.#takeFile(this.#pendingFile);
    const { compiled, shadowed } = this.#state;
    return { ok: true, compiled, shadowed };
  }

  async #append(revision: NewRevision): Promise<number | ApplyResult> {
    if (this.#store === undefined) {
      return revision.also === undefined ? revision.base + 1 : failed('UNAVAILABLE', 'there is no database');
    }
    try {
      return await this.#store.append(revision);
    } catch (error) {
      if (error instanceof RevisionConflictError) {
        void this.refresh();
        return failed('CONFLICT', `the rules were changed meanwhile (revision ${error.latest}); read them again`);
      }
      this.#fail(error);
      return failed('UNAVAILABLE', 'the database does not take the revision; try again, or use the rules file');
    }
  }

  #swap(state: State): void {
    this.#state = state;
    this.#untold = undefined;
    for (const listener of this.#listeners) {
      try {
        listener(state.compiled);
      } catch (error) {
        this.#fail(error);
      }
    }
  }

  #saveSoon(): void {
    if (this.#savingNext) return;
    this.#savingNext = true;
    this.#saving = this.#saving.then(async () => {
      this.#savingNext = false;
      await this.#write(this.#state);
    });
  }

  async #save(state?: State): Promise<boolean> {
    const written = this.#saving.then(() => this.#write(state ?? this.#state));
    this.#saving = written.then(() => undefined);
    return written;
  }

  async #write({ revision, api, file }: State): Promise<boolean> {
    try {
      await writeSavedRules(this.#options.dataDir, { revision, api, file });
      return true;
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  #refuse(source: Refusal['source'], errors: readonly PlacedError[]): void {
    if (this.#untold !== undefined) {
      // The file is well by itself: what it meets is what was saved of the other document.
      if (source === 'file' && errors.every(({ origin }) => origin === 'api')) return;
      const told = new Set(errors.map(({ message }) => message));
      if (this.#untold.every(({ message }) => told.has(message))) this.#untold = undefined;
    }
    this.#options.onRefused?.({ source, errors });
  }

  #fail(error: unknown): void {
    this.#options.onFailure?.(asError(error));
  }
}

/** The caller's own rules: that they do not compile would be a mistake in the program. */
function initialState({ initial }: RulesSourceOptions): State {
  const parsed = parseHalf(initial());
  const state = parsed.ok ? stateOf({ revision: 0, api: parsed.half, file: EMPTY_HALF }) : parsed;
  if (state.ok) return state.state;
  throw new Error(
    `the initial rules are wrong: ${state.errors.map(({ path, message }) => `${path}: ${message}`).join('; ')}`,
  );
}
