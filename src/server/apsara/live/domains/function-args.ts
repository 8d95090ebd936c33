import { invalidParameter } from '../../base/index.ts';

type Args = Readonly<Record<string, string>>;

export const wrongArg = (name: string, reason: string) =>
  invalidParameter('Functions', `the argument ${name} ${reason}`);

export function required(args: Args, name: string): string {
  const value = args[name]?.trim() ?? '';
  if (value === '') throw wrongArg(name, 'is missing');
  return value;
}

/** `on` or `off`; anything but these is refused. */
export function isOn(args: Args, name: string, usual?: boolean): boolean {
  const value = args[name]?.trim().toLowerCase() || (usual === undefined ? undefined : usual ? 'on' : 'off');
  if (value === 'on' || value === 'off') return value === 'on';
  throw wrongArg(name, 'must be on or off');
}

export function wholeNumber(args: Args, name: string, usual?: number): number {
  const value = args[name]?.trim() || (usual === undefined ? '' : String(usual));
  if (/^\d{1,10}$/.test(value)) return Number(value);
  throw wrongArg(name, 'must be a whole number');
}

export function oneOf<T extends string>(args: Args, name: string, values: readonly T[]): T {
  const value = required(args, name).toLowerCase();
  const found = values.find((each) => each.toLowerCase() === value);
  if (found === undefined) throw wrongArg(name, `must be one of ${values.join(', ')}`);
  return found;
}

/** What stands between the separators, without what is empty. */
export function parts(value: string, separator: string | RegExp): string[] {
  return value
    .split(separator)
    .map((each) => each.trim())
    .filter((each) => each !== '');
}

export const onOff = (is: boolean) => (is ? 'on' : 'off');
