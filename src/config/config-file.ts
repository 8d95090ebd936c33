import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';
import type { ConfigProblem } from './config-error.ts';

const REMEDIES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file; check --config and HEADWATER_CONFIG',
  EACCES: 'the file may not be read; check its owner and mode',
  EISDIR: 'this is a directory; name a file in it',
};

type ParsedFile = { readonly document: unknown; readonly problems: readonly ConfigProblem[] };

/** A YAML (or JSON) text as plain values; an empty text is an empty document. */
export function parseConfigText(text: string, source: string): ParsedFile {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const problems = [...document.errors, ...document.warnings].map(({ message, pos }) => ({
    source: `${source}:${lineCounter.linePos(pos[0]).line}`,
    key: '',
    message: yamlProblem(message),
  }));
  if (problems.length > 0) return { document: {}, problems };
  try {
    const value: unknown = document.toJS() ?? {};
    if (typeof value === 'object' && !Array.isArray(value)) return { document: value, problems };
    return {
      document: {},
      problems: [{ source, key: '', message: 'must be keys with values, such as `dataDir: ./data`' }],
    };
  } catch (error) {
    return { document: {}, problems: [{ source, key: '', message: yamlProblem((error as Error).message) }] };
  }
}

/** What stands behind the colon is text of the file, which may hold keys. */
function yamlProblem(message: string): string {
  return `${message.replace(/(?<=[\w)]): .*$/s, '')}; correct the YAML`;
}

/** Reads the operator's file. */
export function readConfigFile(file: string): ParsedFile {
  try {
    return parseConfigText(readFileSync(file, 'utf8'), file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    const message = REMEDIES[code] ?? `cannot be read (${code})`;
    return { document: {}, problems: [{ source: file, key: '', message }] };
  }
}
