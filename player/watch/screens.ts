/** Whether this element fills the screen. */
export function isFullscreenOf(element: HTMLElement | null): boolean {
  return element !== null && document.fullscreenElement === element;
}

/** The stage with its controls fills the screen; an iPhone lets only the video element itself. */
export function toggleFullscreen(stage: HTMLElement | null, video: IphoneVideo | null): void {
  if (document.fullscreenElement) void document.exitFullscreen();
  else if (stage?.requestFullscreen) void stage.requestFullscreen().catch(() => undefined);
  else video?.webkitEnterFullscreen?.();
}

/** Puts the picture in a window of its own, or takes it back. */
export function togglePictureInPicture(video: HTMLVideoElement | null): void {
  const change = document.pictureInPictureElement ? document.exitPictureInPicture() : video?.requestPictureInPicture();
  // Refused while there is no picture yet: nothing to tell.
  change?.catch(() => undefined);
}

type IphoneVideo = HTMLVideoElement & { webkitEnterFullscreen?: () => void };
