/** Where an asset is in its life, as ApsaraVideo VOD has it. */
export type AssetStatus =
  | 'Uploading'
  | 'UploadFail'
  | 'UploadSucc'
  | 'Transcoding'
  | 'TranscodeFail'
  | 'Blocked'
  | 'Normal';

/** Whether viewers may have it: what users upload waits in `review` where moderation is asked for. */
export type Publication = 'draft' | 'review' | 'published';

export type AssetKind = 'video' | 'audio' | 'image' | 'attached';

/** One file of an asset: the original, a rendition, a playlist. */
export type AssetFile = {
  readonly id: string;
  readonly asset: string;
  /** `original`, a rendition that plays, what shows a moment (`snapshot`, `sprite`, `vtt`, `animation`), or what goes along (`captions`, `chapters`); a `part` is yet to be composed. */
  readonly role:
    | 'part'
    | 'original'
    | 'rendition'
    | 'cover'
    | 'snapshot'
    | 'sprite'
    | 'vtt'
    | 'animation'
    | 'captions'
    | 'chapters';
  readonly storage: string;
  /** Of a playlist the objects beside it, below the folder of its name, belong to it. */
  readonly object: string;
  /** `mp4`, `m3u8`, `mpd`, `jpg` ... */
  readonly format: string;
  /** `LD`, `SD`, `HD`, `FHD` ..., `OD` for the original, `AUTO` for what lists all; renditions only. */
  readonly definition?: string;
  readonly job?: string;
  /** Which output of its job it is, from 1. */
  readonly jobOutput?: number;
  readonly template?: string;
  readonly sizeBytes: number;
  readonly durationSeconds?: number;
  readonly width?: number;
  readonly height?: number;
  readonly fps?: number;
  readonly bitsPerSecond?: number;
  /** `AES-128` where its segments are encrypted. */
  readonly encryption?: string;
  /** Of its segments, 16 bytes in hexadecimal digits: as a worker wrote it, until a server has sealed it. */
  readonly hexKey?: string;
  /** The same, sealed with the master key: the playback door gives it to those who may play. */
  readonly sealedKey?: string;
  readonly sha256?: string;
  /** Objects of the same storage that it consists of, beside those that follow from its name. */
  readonly parts?: readonly string[];
  readonly createdAtMs: number;
};

/** A moment of an asset with a name. */
export type AssetChapter = { readonly title: string; readonly atSeconds: number };

/** The live stream whose recording an asset is. Times in ms since 1970. */
export type LiveSource = {
  readonly domain: string;
  readonly app: string;
  readonly stream: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
};

/** Why something was not done to an asset, for people. */
export type AssetTrouble = { readonly code: string; readonly message: string; readonly atMs: number };

/** Who let it through or held it back, and why. */
export type AssetReview = {
  readonly by: string;
  readonly atMs: number;
  readonly note: string;
  /** How it ended; left out where the asset is held back for now. */
  readonly verdict?: 'Normal' | 'Blocked';
};

/** Something in the library, under an id that stays. Times in ms since 1970. */
export type Asset = {
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly kind: AssetKind;
  readonly status: AssetStatus;
  readonly publication: Publication;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly category?: number;
  readonly coverUrl?: string;
  /** As whoever uploads wrote it: JSON in ApsaraVideo's form. */
  readonly userData?: string;
  /** A name of the operator's own, unique. */
  readonly referenceId?: string;
  readonly storage: string;
  /** The group of templates or the workflow that it is processed by. */
  readonly templateGroup?: string;
  readonly workflow?: string;
  readonly uploadedBy: string;
  readonly durationSeconds?: number;
  readonly sizeBytes: number;
  readonly createdAtMs: number;
  readonly modifiedAtMs: number;
  /** In the trash since then. */
  readonly trashedAtMs?: number;
  readonly chapters?: readonly AssetChapter[];
  readonly live?: LiveSource;
  /** What was found in the original, as JSON. */
  readonly mediaInfo?: Readonly<Record<string, unknown>>;
  readonly review?: AssetReview;
  /** What did not work lately: its processing, its move, the deletion of its objects. */
  readonly trouble?: AssetTrouble;
};
