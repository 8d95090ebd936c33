import { type ReadonlySignal, signal } from '@preact/signals';

/** Two video elements in one place: what is to be seen next can begin unseen in the other. */
export class Screen {
  readonly #shown;
  #spare: HTMLVideoElement;

  constructor(shown: HTMLVideoElement, spare: HTMLVideoElement) {
    this.#shown = signal(shown);
    this.#spare = spare;
    this.#dress();
  }

  get shown(): ReadonlySignal<HTMLVideoElement> {
    return this.#shown;
  }

  /** The one that nobody sees or hears. */
  get spare(): HTMLVideoElement {
    return this.#spare;
  }

  /** Shows the other one, as loud as this one was. */
  swap(): void {
    const before = this.#shown.value;
    const { volume, muted } = before;
    this.#spare.volume = volume;
    this.#spare.muted = muted;
    this.#shown.value = this.#spare;
    this.#spare = before;
    this.#dress();
  }

  #dress(): void {
    this.#spare.muted = true;
    this.#spare.classList.add('is-spare');
    this.#spare.setAttribute('aria-hidden', 'true');
    this.#shown.value.classList.remove('is-spare');
    this.#shown.value.removeAttribute('aria-hidden');
  }
}
