/** Calls back once with the element's first picture of where it is to be, or with sound that has none; returns what stops the waiting. */
export function onceShown(video: HTMLVideoElement, callback: () => void): () => void {
  const abort = new AbortController();
  const done = () => {
    if (abort.signal.aborted) return;
    abort.abort();
    callback();
  };
  if ('requestVideoFrameCallback' in video) {
    const wait = () => {
      const handle = video.requestVideoFrameCallback(() => (video.seeking ? wait() : done()));
      abort.signal.addEventListener('abort', () => video.cancelVideoFrameCallback(handle));
    };
    wait();
  }
  const element: HTMLVideoElement = video;
  const onPlaying = () => {
    if (element.videoWidth === 0 || !('requestVideoFrameCallback' in element)) done();
  };
  element.addEventListener('playing', onPlaying, { signal: abort.signal });
  return () => abort.abort();
}
