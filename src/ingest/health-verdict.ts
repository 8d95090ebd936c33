import type { TrackSet } from '../live/index.ts';
import type { PublishMeasurement } from './publish-meter.ts';

export type Finding = {
  readonly code:
    | 'KEY_FRAME_INTERVAL_LONG'
    | 'BITRATE_SWINGS'
    | 'UPLINK_STALLS'
    | 'NO_VIDEO'
    | 'NO_AUDIO'
    | 'FPS_LOW'
    | 'AV_DRIFT'
    | 'BLACK'
    | 'FROZEN'
    | 'SILENT'
    | 'MODERATION_FLAGGED';
  readonly severity: 'warn' | 'bad';
  readonly sentence: string;
  /** The setting to change, in OBS's words. */
  readonly remedy: string;
};

export type HealthVerdict = { readonly status: 'good' | 'warn' | 'bad'; readonly findings: readonly Finding[] };

/** What the encoder said of itself. */
export type Declared = {
  readonly frameRate?: number | undefined;
  readonly hasVideo: boolean;
  readonly hasAudio: boolean;
};

/** Figures of fewer seconds say nothing. */
const SECONDS_TO_JUDGE = 5;
const LONGEST_GOOD_KEY_INTERVAL_MS = 4100;
const LARGEST_GOOD_SWING = 6;
const LEAST_GOOD_FPS_SHARE = 0.9;
const LARGEST_GOOD_LEAD_MS = 500;
const BAD_STALL_MS = 3000;

/** What a publish is like, in words, from what is measured. */
export function healthVerdict(
  measured: PublishMeasurement,
  tracks: TrackSet,
  declared: Declared,
  isCacheOverflowing: boolean,
  content: readonly Finding[] = [],
): HealthVerdict {
  const checks = [
    keyInterval(measured, isCacheOverflowing),
    stalls(measured),
    ...(measured.seconds < SECONDS_TO_JUDGE
      ? []
      : [missingTracks(measured, tracks, declared), swings(measured), frameRate(measured, declared), drift(measured)]),
    content,
  ];
  const findings = checks.flat().filter((finding) => finding !== undefined);
  const isBad = findings.some((finding) => finding.severity === 'bad');
  return { status: isBad ? 'bad' : findings.length > 0 ? 'warn' : 'good', findings };
}

function keyInterval(measured: PublishMeasurement, isCacheOverflowing: boolean): Finding | undefined {
  if (measured.keyIntervalMs <= LONGEST_GOOD_KEY_INTERVAL_MS && !isCacheOverflowing) return undefined;
  const seconds = (measured.keyIntervalMs / 1000).toFixed(1);
  return {
    code: 'KEY_FRAME_INTERVAL_LONG',
    severity: isCacheOverflowing ? 'bad' : 'warn',
    sentence: isCacheOverflowing
      ? 'The key-frame interval is too long to keep in memory: newcomers wait for the next key frame.'
      : `There is a key frame only every ${seconds} s: viewers wait longer for a picture and lag further behind.`,
    remedy: 'In OBS, Settings > Output > Advanced: set Keyframe Interval to 2 s instead of 0 (auto).',
  };
}

function stalls({ stalls, longestStallMs }: PublishMeasurement): Finding | undefined {
  if (stalls === 0) return undefined;
  const seconds = (longestStallMs / 1000).toFixed(1);
  return {
    code: 'UPLINK_STALLS',
    severity: longestStallMs >= BAD_STALL_MS || stalls > 3 ? 'bad' : 'warn',
    sentence: `The uplink stalled ${stalls === 1 ? 'once' : `${stalls} times`} in 30 s, for up to ${seconds} s.`,
    remedy: 'Use a wired network, or in OBS, Settings > Output: lower the Video Bitrate below the uplink.',
  };
}

function missingTracks(measured: PublishMeasurement, tracks: TrackSet, declared: Declared): Finding[] {
  const findings: Finding[] = [];
  if (tracks.video ? measured.fps === 0 : declared.hasVideo) {
    findings.push({
      code: 'NO_VIDEO',
      severity: 'bad',
      sentence: 'No video arrives.',
      remedy: 'In OBS, check that the scene is active, and Settings > Output: that the encoder starts.',
    });
  }
  if (tracks.audio ? measured.audioKbps === 0 : declared.hasAudio) {
    findings.push({
      code: 'NO_AUDIO',
      severity: 'warn',
      sentence: 'No audio arrives, though the encoder promises it.',
      remedy: 'In OBS, check the Audio Mixer and Settings > Audio: a device for Desktop Audio or Mic.',
    });
  }
  return findings;
}

function swings({ bitrateSwing, videoKbps }: PublishMeasurement): Finding | undefined {
  if (bitrateSwing <= LARGEST_GOOD_SWING || videoKbps < 500) return undefined;
  return {
    code: 'BITRATE_SWINGS',
    severity: 'warn',
    sentence: `The bitrate swings by a factor of ${bitrateSwing.toFixed(1)}: viewers with little bandwidth will stall.`,
    remedy: 'In OBS, Settings > Output > Advanced: set Rate Control to CBR.',
  };
}

function frameRate({ fps }: PublishMeasurement, { frameRate: declared }: Declared): Finding | undefined {
  if (!declared || fps === 0 || fps >= declared * LEAST_GOOD_FPS_SHARE) return undefined;
  return {
    code: 'FPS_LOW',
    severity: fps < declared / 2 ? 'bad' : 'warn',
    sentence: `${fps.toFixed(1)} frames a second arrive of the ${declared.toFixed(0)} declared: the encoder is overloaded.`,
    remedy: 'In OBS, Settings > Output: choose a faster preset or a hardware encoder, or lower the output resolution.',
  };
}

function drift({ audioLeadMs }: PublishMeasurement): Finding | undefined {
  if (Math.abs(audioLeadMs) <= LARGEST_GOOD_LEAD_MS) return undefined;
  return {
    code: 'AV_DRIFT',
    severity: 'warn',
    sentence: `Audio is ${Math.abs(Math.round(audioLeadMs))} ms ${audioLeadMs > 0 ? 'ahead of' : 'behind'} the video.`,
    remedy: 'In OBS, Edit > Advanced Audio Properties: set Sync Offset to 0, and use 48 kHz for all audio devices.',
  };
}
