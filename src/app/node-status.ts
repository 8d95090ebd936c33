import type { Config } from '../config/index.ts';
import type { Clock } from '../live/index.ts';
import type { Logger } from '../log/index.ts';
import type { NodeHealth, PublicAddresses } from '../operations/index.ts';
import { type CompiledRules, type PostureFacts, posture, type Refusal } from '../rules/index.ts';
import type { Store } from '../store/index.ts';
import { type FoundFfmpeg, findFfmpeg } from './find-ffmpeg.ts';
import { VERSION } from './package-root.ts';

type Journal = { readonly failure: string | undefined };

const DAY_MS = 86_400_000;

/** How this node is, as the console, `/readyz` and the log say it. */
export class NodeStatus {
  readonly #config: Config;
  readonly #clock: Clock;
  readonly #store: Store;
  readonly #journal: Journal;
  readonly #startedMs: number;
  readonly #ffmpeg: FoundFfmpeg | undefined;
  #keysSince: ReadonlyMap<string, Date> = new Map();
  readonly #refused = new Map<Refusal['source'], string>();
  #failingStorages: () => ReadonlyMap<string, string> = () => new Map();
  #certificates: PostureFacts['certificates'];
  #archiveFailure: () => string | undefined = () => undefined;
  #isDraining: () => boolean = () => false;

  constructor({ config, clock, store, journal }: { config: Config; clock: Clock; store: Store; journal: Journal }) {
    this.#config = config;
    this.#clock = clock;
    this.#store = store;
    this.#journal = journal;
    this.#startedMs = clock.nowMs();
    this.#ffmpeg = findFfmpeg(config.ffmpegPath ?? undefined);
  }

  get ffmpeg(): FoundFfmpeg | undefined {
    return this.#ffmpeg;
  }

  /** A source's document was taken. The database's replaces what was saved of it, too. */
  rulesTaken(source: 'file' | 'database'): void {
    this.#refused.delete(source);
    if (source === 'database') this.#refused.delete('saved');
  }

  /** A document was refused; said until that source's document is taken again. */
  rulesRefused({ source, errors }: Refusal): void {
    this.#refused.set(source, errors.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; '));
  }

  /** Why rules were refused that are not taken yet. */
  get refused(): string | undefined {
    return this.#refused.size > 0 ? [...this.#refused.values()].join('; ') : undefined;
  }

  /** Why the archive can't be written. */
  get archiveFailure(): string | undefined {
    return this.#archiveFailure();
  }

  /** When each key came into the rules, as the database knows. */
  keysSeen(since: ReadonlyMap<string, Date>): void {
    this.#keysSince = since;
  }

  /** Since when the rules have had the key, as far as the database knows. */
  keySince(key: string): Date | undefined {
    return this.#keysSince.get(key);
  }

  /** One line that says where the server is, and one for each weakness. */
  logStart(log: Logger, rules: CompiledRules, addresses: PublicAddresses): void {
    const { posture, ffmpeg, database } = this.health(rules);
    log.info(
      { ...addresses, version: VERSION, ffmpeg: ffmpeg.version ?? 'none', database: database.state },
      'server started',
    );
    for (const { code, sentence, remedy } of posture) log.warn({ code, sentence, remedy }, 'weak setting');
    if (!ffmpeg.found) log.warn({}, 'no FFmpeg found: streams pass through, nothing can be transcoded');
  }

  /** From now on health tells of storages that fail, by name and with the reason. */
  watchStorages(failing: () => ReadonlyMap<string, string>): void {
    this.#failingStorages = failing;
  }

  /** From now on health tells of certificates that are about to end. */
  watchCertificates(certificates: NonNullable<PostureFacts['certificates']>): void {
    this.#certificates = certificates;
  }

  /** From now on health tells of an archive that can't be written. */
  watchArchive(failure: () => string | undefined): void {
    this.#archiveFailure = failure;
  }

  /** From now on health tells that nobody new is let in. */
  watchDrain(isDraining: () => boolean): void {
    this.#isDraining = isDraining;
  }

  health(rules: CompiledRules): NodeHealth {
    const { state } = this.#store;
    const { failure } = this.#journal;
    const failing = Object.fromEntries(this.#failingStorages());
    const archive = this.#archiveFailure();
    const isWell = failure === undefined && archive === undefined && Object.keys(failing).length === 0;
    const storages = { state: Object.keys(failing).length > 0 ? 'failing' : 'ok', failing } as const;
    return {
      status: this.#isDraining() ? 'draining' : state.kind === 'ready' && isWell ? 'ok' : 'degraded',
      version: VERSION,
      uptimeSeconds: Math.round((this.#clock.nowMs() - this.#startedMs) / 1000),
      database:
        state.kind === 'ready'
          ? { state: 'ready' }
          : { state: 'unavailable', reason: state.reason, remedy: state.remedy },
      journal: failure === undefined ? { state: 'ok' } : { state: 'waiting', reason: failure },
      storages,
      archive: archive === undefined ? { state: 'ok' } : { state: 'failing', reason: archive },
      ffmpeg: this.#ffmpeg ? { found: true, version: this.#ffmpeg.version } : { found: false },
      rules: {
        revision: rules.revision,
        ...(this.refused === undefined ? {} : { refused: this.refused }),
      },
      posture: posture(rules.rules, this.#config, {
        database: this.#databaseKind(),
        keyAgeDays: (key) => this.#keyAgeDays(key),
        certificates: this.#certificates,
        nowMs: this.#clock.wallMs(),
      }),
    };
  }

  #keyAgeDays(key: string): number | undefined {
    const since = this.#keysSince.get(key);
    return since && (this.#clock.wallMs() - since.getTime()) / DAY_MS;
  }

  #databaseKind(): 'given' | 'embedded' | 'none' {
    const { state } = this.#store;
    if (state.kind !== 'ready') return 'none';
    return state.engine === 'external' ? 'given' : 'embedded';
  }
}
