/** Why an action is not served, for all that a pattern matches; the first that matches counts. */
export const REASONS: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/RTSNative|Rts(Live|Native)|WHIP|Whip/, 'real-time streaming by WebRTC is not a protocol of this origin'],
  [
    /Caster|Show|Playlist|StudioLayout|Episode/,
    'production studio: switching and mixing belong in OBS or another mixer in front',
  ],
  [
    /MixStream|MPUTask|MpuTask|LiveStreamMerge|MultiStream|CustomTemplate|TranscodeTask|EditingJob|Sei$|SEI$/,
    'mixing, merging and side jobs of the cloud',
  ],
  [/Rtc|RTC|Channel|Room|Terminals|EventSub|Grtn|BypassDuration/, 'real-time communication is another service'],
  [
    /Message|MuteGroup|MuteAll|GroupUser|OnlineUsers|SendLike|InteractionMetric/,
    'chat and interaction is another service',
  ],
  [/LiveAI|ProducerUsage/, 'subtitles and studios by models are not here'],
  [/DetectPorn|AudioAudit|DetectNotify/, 'moderation is by a hook of yours: docs/moderation.md'],
  [/Drm/, 'encryption is AES-128: docs/protection.md'],
  [/EdgeTranscode|LiveEdgeTransfer|DynamicUpdateWaterMark/, 'there are no edge nodes of a CDN'],
  [
    /Realtime?Log|RealTimeLog|DomainLog|TrafficLog|EdgeLog|ProxyLog|DomainMonitoringUsage|Logstore|TrafficDomainLog/,
    'logs are on standard output, and sessions of viewers in a storage of yours',
  ],
  [/StagingConfig/, 'changes of rules are revisions with a difference and a way back: docs/rules-as-code.md'],
  [
    /PrivateLine|PushProxy|ByLayer|IpInfo|CdnDiagnose|Integrity|SchdmBy|Preload|Upstream|OfLine|EdgeLog|PreloadTasks/,
    'about the network of a CDN',
  ],
  [/BillPrediction|ResourceGroup|StorageLifeCycle/, 'about an account of a cloud'],
  [
    /VerifyContent|VerifyLiveDomainOwner/,
    'your own server needs no proof that a domain is yours; GET /domains/{name}/check says how it stands',
  ],
  [/Toutiao|Migu/, 'made for one customer of theirs'],
  [/LocationBlock|StreamBlock$/, 'regions are refused by the country list of the domain'],
  [/LiveStreamMonitor/, 'health of streams is watched by itself: docs/alarms.md'],
  [/PullToPush|CenterTransfer|PullStream|LazyPull/, 'relays are not built yet'],
  [/RecordVod/, 'recordings are no assets yet'],
  [
    /LiveDelay|DelayedStreaming/,
    'a stream delayed on purpose is not built; time shift plays the past (docs/time-shift.md)',
  ],
  [/LiveDomainTranscodeParams/, 'DescribeLiveStreamTranscodeInfo says what renditions are made of'],
];

export function reasonOf(action: string): string | undefined {
  return REASONS.find(([pattern]) => pattern.test(action))?.[1];
}
