import type { Finding } from './health-verdict.ts';

/** For how long the content has been like this, up to now. */
export type ContentFacts = { readonly blackMs: number; readonly frozenMs: number; readonly silentMs: number };

/** After how long it is a finding; 0 for never. */
export type ContentLimits = {
  readonly blackSeconds: number;
  readonly frozenSeconds: number;
  readonly silentSeconds: number;
};

/** What can be told of content only. */
export const CONTENT_CODES = ['BLACK', 'FROZEN', 'SILENT'] as const satisfies readonly Finding['code'][];

/** What viewers see and hear nothing of, though all arrives well. A black picture is not called frozen as well. */
export function contentFindings(facts: ContentFacts, limits: ContentLimits): Finding[] {
  const isBlack = isPast(facts.blackMs, limits.blackSeconds);
  const findings: Finding[] = [];
  if (isBlack) {
    findings.push({
      code: 'BLACK',
      severity: 'warn',
      sentence: `The picture has been black for ${inSeconds(facts.blackMs)}.`,
      remedy:
        'In OBS, check that the scene has a visible source; for a black Display or Game Capture, change its Capture Method or run OBS on the same graphics card.',
    });
  }
  if (!isBlack && isPast(facts.frozenMs, limits.frozenSeconds)) {
    findings.push({
      code: 'FROZEN',
      severity: 'warn',
      sentence: `The picture has not changed for ${inSeconds(facts.frozenMs)}.`,
      remedy:
        'In OBS, deactivate and activate the Video Capture Device of the scene, or check its cable; where pictures stand on purpose, raise health.frozenSeconds in a stream rule.',
    });
  }
  if (isPast(facts.silentMs, limits.silentSeconds)) {
    findings.push({
      code: 'SILENT',
      severity: 'warn',
      sentence: `The sound has been digital silence for ${inSeconds(facts.silentMs)}.`,
      remedy:
        'In OBS, unmute the source in the Audio Mixer, and check Settings > Audio: the device for Desktop Audio or Mic.',
    });
  }
  return findings;
}

function isPast(ms: number, seconds: number): boolean {
  return seconds > 0 && ms >= seconds * 1000;
}

function inSeconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
