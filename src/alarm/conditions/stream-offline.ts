import type { Condition, Observation } from './condition.ts';

/** A stream that should be live now; `domain` may be a pattern, and then it may be in any that matches. */
export type ExpectedStream = {
  readonly domain: string;
  readonly app: string;
  readonly stream: string;
  readonly offlineSeconds: number;
};

export type StreamOfflineSources = {
  /** Those that the rules expect at this time. */
  readonly expected: () => readonly ExpectedStream[];
  /** Whether any node has it, as far as is known. */
  readonly isLive: (expected: ExpectedStream) => boolean;
};

/** Expected streams that nobody publishes, on any node. */
export function streamOffline({ expected, isLive }: StreamOfflineSources): Condition {
  return {
    codes: ['STREAM_OFFLINE'],
    scope: 'cluster',
    look: () =>
      expected()
        .filter((each) => !isLive(each))
        .map(observed),
  };
}

function observed({ domain, app, stream, offlineSeconds }: ExpectedStream): Observation {
  const name = `${domain}/${app}/${stream}`;
  return {
    code: 'STREAM_OFFLINE',
    subject: { kind: 'stream', name, domain, app, stream },
    sentence: `The stream ${name} is expected now, and nobody publishes it.`,
    holdMs: offlineSeconds * 1000,
  };
}
