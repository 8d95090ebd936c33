import type { MediaEventKind } from '../rules/index.ts';

/** An asset as its events name it. */
export type AssetNote = {
  readonly id: string;
  readonly kind: 'video' | 'audio' | 'image' | 'attached';
  readonly title: string;
  readonly referenceId?: string;
  /** As whoever uploaded it wrote it. */
  readonly userData?: string;
};

/** A file of an asset. */
export type FileNote = {
  readonly storage: string;
  readonly object: string;
  /** Below the asset's address; only what viewers may have is given out there. */
  readonly path: string;
  readonly format: string;
  readonly sizeBytes: number;
};

/** What is known of pictures and sound; only what is known is set. */
export type MediaFacts = {
  readonly durationSeconds?: number;
  readonly width?: number;
  readonly height?: number;
  readonly fps?: number;
  readonly bitsPerSecond?: number;
};

export type RenditionNote = FileNote &
  MediaFacts & { readonly definition: string; readonly job?: string; readonly encryption?: string };

/** Pictures of one kind; in the names of several `{Count}` stands for five digits, from 00001 on. */
export type PictureNote = {
  readonly role: 'cover' | 'snapshot' | 'sprite';
  readonly count: number;
  readonly storage: string;
  readonly object: string;
  /** Below the asset's address. */
  readonly path: string;
};

/** Which of its fields were changed how; a side is left out where there was nothing. */
export type AssetChangeNote = {
  readonly how: 'create' | 'update' | 'trash' | 'restore';
  readonly fields: Readonly<Record<string, { readonly from?: unknown; readonly to?: unknown }>>;
};

export type JobNote = {
  readonly id: string;
  readonly kind: string;
  readonly pipeline: string;
  readonly submitter: string;
  readonly template?: string;
  readonly asset?: string;
  readonly userData?: string;
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
};

/** What an event of an asset or a job says, as JSON has it: times are ISO 8601. */
export type MediaNote = {
  readonly asset?: AssetNote;
  /** The original. */
  readonly file?: FileNote;
  /** Fetched for this upload from this address. */
  readonly fetch?: { readonly upload: string; readonly url: string };
  /** The stream whose recording it is. */
  readonly live?: {
    readonly domain: string;
    readonly app: string;
    readonly stream: string;
    readonly startedAt: string;
    readonly endedAt: string;
  };
  readonly info?: MediaFacts & { readonly sizeBytes: number };
  readonly rendition?: RenditionNote;
  readonly renditions?: readonly RenditionNote[];
  readonly pictures?: readonly PictureNote[];
  /** Somebody asked for these pictures; they are not those that each asset has. */
  readonly isAsked?: true;
  readonly animation?: FileNote & MediaFacts;
  readonly changes?: AssetChangeNote;
  readonly status?: string;
  readonly was?: string;
  /** How a review ended, and by whom. */
  readonly review?: { readonly verdict: 'Normal' | 'Blocked'; readonly by: string; readonly note: string };
  /** What made it. */
  readonly madeBy?: string;
  readonly job?: JobNote;
  /** What did not work; left out where all went well. */
  readonly failure?: { readonly code: string; readonly message: string };
  /** There is no such asset: an operator tries the endpoint. */
  readonly test?: true;
};

export type { MediaEventKind };
