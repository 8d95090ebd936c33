import type { ComponentChildren, VNode } from 'preact';

export function Icon({ children }: { readonly children: ComponentChildren }): VNode {
  return (
    <svg
      class="icon"
      viewBox="0 0 24 24"
      width="20"
      height="20"
      fill="none"
      stroke="currentColor"
      stroke-width="2"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

/** Water that falls from its source: the project's mark. */
export function HeadwaterMark(): VNode {
  return (
    <svg class="mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
      <rect width="32" height="32" rx="9" class="mark-ground" />
      <g class="mark-water" fill="none" stroke-width="2.6" stroke-linecap="round">
        <path d="M7 11c3 0 3-3 6-3s3 3 6 3 3-3 6-3" />
        <path d="M7 18c3 0 3-3 6-3s3 3 6 3 3-3 6-3" opacity=".75" />
        <path d="M7 25c3 0 3-3 6-3s3 3 6 3 3-3 6-3" opacity=".5" />
      </g>
    </svg>
  );
}

export const PlayIcon = (): VNode => (
  <Icon>
    <path d="M7 4.5v15l12-7.5z" fill="currentColor" />
  </Icon>
);

export const PauseIcon = (): VNode => (
  <Icon>
    <path d="M8 5v14M16 5v14" stroke-width="3.5" />
  </Icon>
);

export const SoundIcon = (): VNode => (
  <Icon>
    <path d="M4 9.5v5h3.5L12 19V5L7.5 9.5z" fill="currentColor" />
    <path d="M15.5 9a4 4 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11" />
  </Icon>
);

export const MutedIcon = (): VNode => (
  <Icon>
    <path d="M4 9.5v5h3.5L12 19V5L7.5 9.5z" fill="currentColor" />
    <path d="m16 9.5 5 5M21 9.5l-5 5" />
  </Icon>
);

export const FullscreenIcon = (): VNode => (
  <Icon>
    <path d="M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5" />
  </Icon>
);

export const LeaveFullscreenIcon = (): VNode => (
  <Icon>
    <path d="M9 4v5H4M20 9h-5V4M15 20v-5h5M4 15h5v5" />
  </Icon>
);

export const PictureInPictureIcon = (): VNode => (
  <Icon>
    <rect x="3" y="5" width="18" height="14" rx="2" />
    <rect x="12" y="11.5" width="6" height="4.5" rx="1" fill="currentColor" stroke="none" />
  </Icon>
);

export const GraphIcon = (): VNode => (
  <Icon>
    <path d="M3 17l5-6 4 4 5-8 4 5" />
  </Icon>
);

export const RetryIcon = (): VNode => (
  <Icon>
    <path d="M20 11a8 8 0 1 0-2.3 6.3M20 5v6h-6" />
  </Icon>
);

export const CopyIcon = (): VNode => (
  <Icon>
    <rect x="9" y="9" width="11" height="11" rx="2" />
    <path d="M5 15H4V4h11v1" />
  </Icon>
);

export const CheckIcon = (): VNode => (
  <Icon>
    <path d="m5 12.5 4.5 4.5L19 7.5" />
  </Icon>
);

export const EyeIcon = (): VNode => (
  <Icon>
    <path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z" />
    <circle cx="12" cy="12" r="2.8" />
  </Icon>
);

export const HiddenIcon = (): VNode => (
  <Icon>
    <path d="M4 4l16 16M9.5 6A9.600 9.600 0 0 1 12 5.500c6 0 9.500 6.500 9.500 6.500a17 17 0 0 1-3 3.700M6 7.800A16 16 0 0 0 2.500 12S6 18.500 12 18.500a9.500 9.500 0 0 0 4-.9" />
  </Icon>
);

export const WarningIcon = (): VNode => (
  <Icon>
    <path d="M12 4 2.800 19.500h18.400zM12 10v4.500M12 17.200v.1" />
  </Icon>
);

export const CloseIcon = (): VNode => (
  <Icon>
    <path d="m6 6 12 12M18 6 6 18" />
  </Icon>
);

export const DownloadIcon = (): VNode => (
  <Icon>
    <path d="M12 4v11m-5-4.500 5 5 5-5M5 20h14" />
  </Icon>
);

export const DeleteIcon = (): VNode => (
  <Icon>
    <path d="M4 7h16M9.500 7V4h5v3M6 7l1 13h10l1-13M10 11v5M14 11v5" />
  </Icon>
);

export const OpenIcon = (): VNode => (
  <Icon>
    <path d="M14 4h6v6M20 4l-9 9M18 14v6H4V6h6" />
  </Icon>
);
