import { MediaError } from '../../ffmpeg/index.ts';

/** What a template or a task says wrongly; the message begins with the field's name. */
export function refused(field: string, problem: string, remedy: string): MediaError {
  return new MediaError('TEMPLATE_INVALID', `${field} ${problem}`, remedy);
}

type Range = { readonly min: number; readonly max: number; readonly whole?: boolean };

/**
 * One object of MPS's JSON, whose values are strings: each field is asked for by name, and those that nobody asked for
 * are refused by name. An empty string is as good as none.
 */
export class Fields {
  readonly path: string;
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #asked = new Set<string>();

  /** Takes an object, or its JSON, as MPS has it in parameters. */
  constructor(path: string, value: unknown) {
    this.path = path;
    const object = typeof value === 'string' ? parsed(path, value) : value;
    if (typeof object !== 'object' || object === null || Array.isArray(object)) {
      throw refused(path, 'must be an object', 'Write it as JSON, such as {"Format":"mp4"}.');
    }
    const entries = Object.entries(object).filter(([, each]) => each !== undefined && each !== null && each !== '');
    this.#values = new Map(entries);
  }

  name(field: string): string {
    return this.path === '' ? field : `${this.path}.${field}`;
  }

  has(field: string): boolean {
    return this.#values.has(field);
  }

  text(field: string): string | undefined {
    const value = this.raw(field);
    if (value === undefined || typeof value === 'string') return value;
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    throw refused(this.name(field), 'must be a text', 'All values of a template are texts.');
  }

  number(field: string, { min, max, whole = false }: Range): number | undefined {
    const value = this.text(field);
    if (value === undefined) return undefined;
    const number = Number(value);
    const isRight = value.trim() !== '' && number >= min && number <= max && (!whole || Number.isInteger(number));
    if (isRight) return number;
    throw refused(this.name(field), `must be ${whole ? 'a whole number ' : ''}from ${min} to ${max}`, 'Correct it.');
  }

  whole(field: string, min: number, max: number): number | undefined {
    return this.number(field, { min, max, whole: true });
  }

  flag(field: string): boolean | undefined {
    return this.choice(field, { true: true, false: false });
  }

  /** The value that a text stands for, whatever its case. */
  choice<T>(field: string, choices: Readonly<Record<string, T>>): T | undefined {
    const value = this.text(field)?.toLowerCase();
    if (value === undefined) return undefined;
    const found = Object.entries(choices).find(([name]) => name.toLowerCase() === value);
    if (found) return found[1];
    throw refused(this.name(field), `must be one of ${Object.keys(choices).join(', ')}`, 'Choose one of them.');
  }

  part(field: string): Fields | undefined {
    const value = this.raw(field);
    return value === undefined ? undefined : new Fields(this.name(field), value);
  }

  list(field: string, most: number): readonly Fields[] {
    const value = this.raw(field);
    const list = typeof value === 'string' ? parsed(this.name(field), value) : (value ?? []);
    if (!Array.isArray(list) || list.length > most) {
      throw refused(this.name(field), `must be a list of at most ${most}`, 'Correct it.');
    }
    return list.map((each, index) => new Fields(`${this.name(field)}.${index + 1}`, each));
  }

  raw(field: string): unknown {
    this.#asked.add(field);
    return this.#values.get(field);
  }

  /** What MPS has and FFmpeg cannot do. */
  refuse(field: string, why: string, remedy: string): void {
    if (this.raw(field) !== undefined) throw refused(this.name(field), why, remedy);
  }

  /** Every field has been asked for, or it is one that does not exist. */
  end(): void {
    const unknown = [...this.#values.keys()].find((name) => !this.#asked.has(name));
    if (unknown !== undefined) throw refused(this.name(unknown), 'is no field of a template', 'Leave it out.');
  }
}

function parsed(path: string, json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw refused(path, 'is no JSON', 'Write it as JSON, such as {"Format":"mp4"}.');
  }
}
