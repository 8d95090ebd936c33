/** Tells from the playing position and the received bytes whether a picture moves and media still arrives. */
export class MotionWatch {
  #positionS = 0;
  #receivedBytes = 0;
  #movedAt: number;
  #receivedAt: number;
  #movingSince: number | undefined;

  constructor(nowMs: number) {
    this.#movedAt = nowMs;
    this.#receivedAt = nowMs;
  }

  /**
   * To be called a few times a second; what it says is in ms before `nowMs`.
   *
   * @param hasPicture without one, a position that is set again and again is no motion
   */
  look(nowMs: number, positionS: number, receivedBytes: number, hasPicture = true): Motion {
    const hasMoved = hasPicture && positionS !== this.#positionS;
    if (hasMoved) this.#movedAt = nowMs;
    if (receivedBytes !== this.#receivedBytes) this.#receivedAt = nowMs;
    if (hasMoved) this.#movingSince ??= nowMs;
    else this.#movingSince = undefined;
    this.#positionS = positionS;
    this.#receivedBytes = receivedBytes;
    return {
      hasMoved,
      movingForMs: this.#movingSince === undefined ? 0 : nowMs - this.#movingSince,
      stillForMs: nowMs - this.#movedAt,
      silentForMs: nowMs - this.#receivedAt,
    };
  }

  /** Forgets the stillness that a pause or a hidden page explains. */
  excuse(nowMs: number): void {
    this.#movedAt = nowMs;
    this.#receivedAt = nowMs;
  }
}

/** What MotionWatch saw: since when the picture moves or stands, and since when no media has come. */
export type Motion = {
  readonly hasMoved: boolean;
  readonly movingForMs: number;
  readonly stillForMs: number;
  readonly silentForMs: number;
};
