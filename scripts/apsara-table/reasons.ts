type Reasons = readonly (readonly [pattern: RegExp, reason: string])[];

/** Why an action is not served, for all that a pattern matches; the first that matches counts. */
const LIVE: Reasons = [
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
  [/PullToPush/, 'a pull and a transfer together do it, as rules: docs/relays.md'],
  [
    /LiveDelay|DelayedStreaming/,
    'a stream delayed on purpose is not built; time shift plays the past (docs/time-shift.md)',
  ],
  [/LiveDomainTranscodeParams/, 'DescribeLiveStreamTranscodeInfo says what renditions are made of'],
];

const MTS: Reasons = [
  [
    /Smarttag|CustomEntity|CustomGroup|CustomPerson|CustomView|Fp|Face|Iproduction|IProduction|ImageQuality|ImAudit|Censor|ListCustomEntities|Annotation|Asr|Tag.*Job|VideoSplit|Summary|Porn|Terrorism/i,
    'models that look at or listen to media are another service',
  ],
  [/Copyright|Trace/i, 'marks that nobody sees are not made here'],
  [/AnalysisJob/, 'choosing a bitrate by what the pictures are like is what Crf of a template does'],
  [/Bind|Unbind|Bucket/, 'places are the storages of the configuration'],
];

const VOD: Reasons = [
  [
    /AI[A-Z]|Ai[A-Z]|Smarttag|MediaDNA|Audit(Result|AudioResult)|AuditSecurityIp/,
    'models that look at or listen to media are another service',
  ],
  [
    /Domain|Cdn|RefreshVod|PreloadVod|RefreshQuota|VodCertificateList|SSLCertificate|VerifyVod|Crossdomain|VodSpecificConfig/,
    'domains are those of the streaming domains: see Live',
  ],
  [/Editing|ProduceE/, 'editing on a timeline belongs in an editor'],
  [/Trace|Copyright|DigitalWatermark/, 'marks that nobody sees are not made here'],
  [
    /Describe(Play|VodPlayer|VodMediaPlay)|DailyPlayRegion/,
    'who plays what is counted: docs/audience.md and docs/usage.md',
  ],
  [/Describe(Vod|Media)/, 'what is used is in GET /usage and GET /assets: docs/usage.md'],
  [
    /App(Info|Infos|PlayKey|Resource|Polic)|ForApp|FromIdentity|ForIdentity|ResourceGroup/,
    'rights are grants of users: docs/users.md',
  ],
  [/SubmitPreprocessJobs/, 'makes media ready for the production studio, which is not here'],
  [/RestoreMedia|StorageClass/, 'storage tiers are by library.coldStorage: docs/library.md'],
  [/MediaRefreshJobs|RefreshMediaPlayUrls/, 'there is no cache of a CDN to fill'],
  [
    /SubmitWorkflowJob|GetWorkflowTask/,
    'workflows run by their own triggers, by MPS’s AddMedia, and at /workflows: docs/workflows.md',
  ],
  [/GetJobDetail/, 'GetTranscodeTask, ListSnapshots and GET /jobs/{id} say it'],
  [/UploadStreamByURL/, 'renditions are made here, not brought'],
  [/GenerateDownloadSecretKey/, 'offline playing is by players of theirs'],
];

const BY_VERSION: Readonly<Record<string, Reasons>> = { '2016-11-01': LIVE, '2014-06-18': MTS, '2017-03-21': VOD };

export function reasonOf(version: string, action: string): string | undefined {
  return BY_VERSION[version]?.find(([pattern]) => pattern.test(action))?.[1];
}
