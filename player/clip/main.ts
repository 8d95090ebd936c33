import { chapterAt, localWords } from './clip-times.ts';

const video = document.querySelector('video');
const chapters = [...document.querySelectorAll<HTMLAnchorElement>('.chapters a')];

showLocalTimes();
offerLink();
if (video) followChapters(video);

/** The server wrote them in UTC, as it doesn't know where the viewer is. */
function showLocalTimes(): void {
  const [from, to] = ['from', 'to'].map((id) => document.querySelector<HTMLTimeElement>(`#${id}`));
  const words = localWords(from?.dateTime ?? '', to?.dateTime ?? '');
  if (!from || !to || !words) return;
  from.textContent = words.from;
  to.textContent = words.to;
}

/** Only pages of https and of this machine may write to the clipboard. */
function offerLink(): void {
  const button = document.querySelector<HTMLButtonElement>('#copy');
  if (!button || !navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(window.location.href.split('#', 1)[0] ?? '');
    button.textContent = 'Copied';
  });
}

function followChapters(playing: HTMLVideoElement): void {
  const starts = chapters.map(({ dataset }) => Number(dataset.seconds));
  chapters.forEach((chapter, index) => {
    chapter.addEventListener('click', (event) => {
      event.preventDefault();
      playing.currentTime = starts[index] ?? 0;
      void playing.play().catch(() => undefined);
    });
  });
  playing.addEventListener('timeupdate', () => {
    const current = chapterAt(starts, playing.currentTime);
    chapters.forEach((chapter, index) => {
      if (index === current) chapter.setAttribute('aria-current', 'true');
      else chapter.removeAttribute('aria-current');
    });
  });
}
