/** What config/default.yml says of a setting. */
export type Explanation = { readonly text: string; readonly unit: string };

const KEY = /^( *)([A-Za-z]+):/;
const COMMENT = /^ *# ?(.*)$/;

/** The comments of a configuration file by the path of the setting that they stand over (`rtmp.port`). */
export function readExplanations(yaml: string): ReadonlyMap<string, Explanation> {
  const explanations = new Map<string, Explanation>();
  const path: string[] = [];
  let comment: string[] = [];
  for (const line of yaml.split('\n')) {
    const [, said] = COMMENT.exec(line) ?? [];
    if (said !== undefined) {
      comment.push(said);
      continue;
    }
    const [, indent, name] = KEY.exec(line) ?? [];
    if (indent !== undefined && name !== undefined) {
      path.splice(indent.length / 2, path.length, name);
      const explanation = explanationOf(comment);
      if (explanation) explanations.set(path.join('.'), explanation);
    }
    comment = [];
  }
  return explanations;
}

/** Sentences, then examples, which stand further to the right, then unit and variable. */
function explanationOf(comment: readonly string[]): Explanation | undefined {
  const unit = comment.flatMap((line) => /^Unit: (.*?)\. Env: /.exec(line)?.[1] ?? []).at(0);
  if (unit === undefined) return undefined;
  const sentences = comment.filter((line) => !line.startsWith(' ') && !line.startsWith('Unit: '));
  return { text: sentences.join(' '), unit };
}
