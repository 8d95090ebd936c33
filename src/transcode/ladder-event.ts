/** What happens to FFmpeg. */
export type ProcessEventKind = 'started' | 'failed' | 'hung';

/** What happens to a rendition: `restored` after `shed` or `failed`. */
export type RenditionEventKind =
  | 'rendition_started'
  | 'rendition_stopped'
  | 'rendition_failed'
  | 'rendition_shed'
  | 'rendition_restored';

export type LadderEvent =
  | { readonly kind: ProcessEventKind }
  | { readonly kind: 'encoder_fallback'; readonly encoder: string; readonly reason: string }
  | {
      readonly kind: RenditionEventKind;
      readonly template: string;
      /** The name it plays under; none where somebody publishes under it. */
      readonly rendition?: string;
      readonly reason?: string;
    };
