/** What usage is of. */
export type UsageKind = 'egress' | 'requests' | 'publish' | 'transcode' | 'record' | 'snapshot' | 'time-shift';

/** Where bytes leave: how a stream is played, or what else of it is fetched. */
export type UsageDoor = 'flv' | 'ws-flv' | 'rtmp' | 'hls' | 'time-shift' | 'pictures' | 'clips' | 'recordings' | 'vod';

export const USAGE_DOORS: readonly UsageDoor[] = [
  ...(['flv', 'ws-flv', 'rtmp', 'hls'] as const),
  ...(['time-shift', 'pictures', 'clips', 'recordings', 'vod'] as const),
];

/** What a row adds up: one stream, an app, a domain, the whole server, or all of an app that has a tag. */
export type UsageScope = 'stream' | 'app' | 'domain' | 'server' | 'tag';

/** As the scopes are written in the database. */
export const SCOPE_NUMBERS: Readonly<Record<UsageScope, number>> = { stream: 0, app: 1, domain: 2, server: 3, tag: 4 };

/** A stream by the name it is published under; its renditions are told apart by their template. */
export type UsageStream = { readonly domain: string; readonly app: string; readonly stream: string };

/** The template of what nobody transcoded. */
export const SOURCE = 'source';

/**
 * What was used in one minute. Rows of a kind `egress` are there for each door and template, for each door (template
 * empty; not for streams), and for all together (both empty), since peaks cannot be added up.
 *
 * | kind | bytes | seconds | count | detail |
 * | --- | --- | --- | --- | --- |
 * | egress | sent | viewer seconds | new sessions | |
 * | requests | | | answers | status |
 * | publish | media received | published | publishes | empty, or `video`, `audio`, whose count is frames |
 * | transcode | | encoded | | codec and resolution |
 * | record | written | recorded | files | format |
 * | snapshot | written | | pictures | |
 * | time-shift | archived | archived | | |
 */
export type UsageRow = {
  readonly scope: number;
  readonly domain: string;
  readonly app: string;
  /** Of the scope `tag`: `name:value`. */
  readonly stream: string;
  readonly kind: UsageKind;
  readonly door: string;
  readonly template: string;
  readonly detail: string;
  bytes: number;
  /** Those of `bytes` that went by HTTPS or RTMPS. */
  secure: number;
  seconds: number;
  count: number;
  /** Most viewers at once. */
  peak: number;
};

/** Different viewers of one hour or day, as a batch has them; a later one of the same id takes the place of this. */
export type SketchRow = {
  readonly id: string;
  readonly grain: 'hour' | 'day';
  /** The start of the span, in Unix milliseconds. */
  readonly at: number;
  readonly scope: number;
  readonly domain: string;
  readonly app: string;
  readonly stream: string;
  /** Base64. */
  readonly sketch: string;
};

/** One node's rows of one minute, to be stored once; `at` is the minute's start in Unix milliseconds. */
export type UsageBatch = {
  readonly id: string;
  readonly node: string;
  readonly at: number;
  readonly rows: readonly UsageRow[];
  /** Who watched, as far as it changed. */
  readonly sketches?: readonly SketchRow[];
};
