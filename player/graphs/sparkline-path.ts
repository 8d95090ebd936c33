/** The paths of a graph in a box, in SVG's language: the line, and the same closed to the ground for filling. */
export type SparklinePaths = { readonly line: string; readonly area: string };

/** Where a graph is drawn: `slots` points fill the width, newest at the right edge; `max` is at the top. */
export type SparklineBox = {
  readonly width: number;
  readonly height: number;
  readonly slots: number;
  readonly max: number;
};

/** Unknown values (undefined) leave gaps in the line. */
export function sparklinePaths(values: readonly (number | undefined)[], box: SparklineBox): SparklinePaths {
  const shown = values.slice(-box.slots);
  const stepX = box.width / Math.max(1, box.slots - 1);
  const firstX = box.width - stepX * (shown.length - 1);
  const runs: string[][] = [];
  let run: string[] | undefined;
  shown.forEach((value, index) => {
    if (value === undefined) {
      run = undefined;
      return;
    }
    if (!run) {
      run = [];
      runs.push(run);
    }
    run.push(`${round(firstX + index * stepX)} ${round(toY(value, box))}`);
  });
  return {
    line: runs.map((points) => `M${points.join('L')}`).join(''),
    area: runs.map((points) => areaUnder(points, box.height)).join(''),
  };
}

/** A top for the graph that is a little above the highest value and never under `least`. */
export function graphTop(values: readonly (number | undefined)[], least: number): number {
  const highest = values.reduce<number>((max, value) => Math.max(max, value ?? 0), 0);
  return Math.max(least, highest * 1.15);
}

function areaUnder(points: readonly string[], ground: number): string {
  const startX = points[0]?.split(' ')[0];
  const endX = points.at(-1)?.split(' ')[0];
  return `M${startX} ${ground}L${points.join('L')}L${endX} ${ground}Z`;
}

function toY(value: number, { height, max }: SparklineBox): number {
  const share = max > 0 ? Math.min(1, Math.max(0, value / max)) : 0;
  return height - share * height;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
