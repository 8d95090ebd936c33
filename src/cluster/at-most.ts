/** As many are under way as may be. */
export class TooManyError extends Error {
  constructor(most: number) {
    super(`${most} questions to other nodes are under way`);
    this.name = 'TooManyError';
  }
}

/** Does `work` for so many at a time, and rejects for whoever comes beside them. */
export function atMost<Args extends readonly unknown[], Result>(
  most: number,
  work: (...args: Args) => Promise<Result>,
): (...args: Args) => Promise<Result> {
  let underWay = 0;
  return async (...args) => {
    if (underWay >= most) throw new TooManyError(most);
    underWay++;
    try {
      return await work(...args);
    } finally {
      underWay--;
    }
  };
}
