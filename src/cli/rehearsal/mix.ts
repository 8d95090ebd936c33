import { DOORS, type RehearsedDoor } from './viewing.ts';

/** `flv=1,llhls=3` as numbers of viewers in these proportions; undefined for what names no door, or no share of one. */
export function mixOf(text: string, viewers: number): Readonly<Record<RehearsedDoor, number>> | undefined {
  const shares = new Map<RehearsedDoor, number>();
  for (const each of text.split(',')) {
    const [, name = '', share = '1'] = /^\s*([a-z]+)(?:=(\d{1,6}))?\s*$/.exec(each) ?? [];
    const door = DOORS.find((known) => known === name);
    if (door === undefined || shares.has(door)) return undefined;
    shares.set(door, Number(share));
  }
  const whole = [...shares.values()].reduce((sum, share) => sum + share, 0);
  if (whole === 0) return undefined;
  const mix = { flv: 0, hls: 0, llhls: 0 };
  let [reached, given] = [0, 0];
  for (const [door, share] of shares) {
    reached += share;
    mix[door] = Math.round((viewers * reached) / whole) - given;
    given += mix[door];
  }
  return mix;
}
