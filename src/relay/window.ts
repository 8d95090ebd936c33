/** From when and until when a relay runs; empty for no bound. */
export type Window = { readonly startTime: string; readonly endTime: string };

export function isOpen({ startTime, endTime }: Window, wallMs: number): boolean {
  const hasBegun = startTime === '' || Date.parse(startTime) <= wallMs;
  return hasBegun && (endTime === '' || wallMs < Date.parse(endTime));
}
