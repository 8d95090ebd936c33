import { formatBytes } from '../../../wording/index.ts';
import type { Load, LoadMeasure, Unit } from './read-load.ts';
import { loadWords } from './words.ts';

export function resourceName(resource: string): string {
  const names: Readonly<Record<string, string>> = loadWords().resources;
  return names[resource] ?? resource;
}

export function measured(value: number, unit: Unit): string {
  return unit === 'bytes' ? formatBytes(value) : `${Math.round(value)} ${unit}`;
}

/** Less of it is worse. */
export function isFree({ unit }: LoadMeasure): boolean {
  return unit === 'bytes';
}

/** Of what there is too much; as it may be over by now, of whatever is nearest where nothing is. */
export function tooMuch({ measures }: Load): string {
  const over = measures.filter(({ level }) => level !== 'normal');
  return over.map(({ resource, value, unit }) => `${resourceName(resource)} ${measured(value, unit)}`).join(', ');
}
