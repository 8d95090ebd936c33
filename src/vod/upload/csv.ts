import { UploadError } from './upload-error.ts';

/** A line of a table: where it began in the text, counted from 1, and its fields. */
export type CsvRow = { readonly line: number; readonly fields: readonly string[] };

/** Reads RFC 4180: commas, quotes around what has commas or line breaks in it, two quotes for one. Empty lines are left out. */
export function readCsv(text: string): CsvRow[] {
  const rows: CsvRow[] = [];
  let fields: string[] = [];
  let [line, begin] = [1, 1];
  // A field and what ends it; the text has a line break at its end.
  const piece = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n|\n|\r)/y;
  const whole = `${text.replace(/^\u{feff}/u, '').replace(/[\r\n]*$/, '')}\n`;
  while (piece.lastIndex < whole.length) {
    const at = piece.lastIndex;
    const [, field = '', end = ''] = piece.exec(whole) ?? [];
    if (end === '') throw malformed(line, whole.slice(at, at + 20));
    fields.push(field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field);
    line += field.match(/\r\n|\n|\r/g)?.length ?? 0;
    if (end === ',') continue;
    if (fields.some((each) => each.trim() !== '')) rows.push({ line: begin, fields });
    line += 1;
    [fields, begin] = [[], line];
  }
  return rows;
}

function malformed(line: number, near: string): UploadError {
  const remedy = 'Put fields with commas, quotes or line breaks in quotes, and write a quote within them twice.';
  return new UploadError('IMPORT_MALFORMED', `line ${line} cannot be read near ${JSON.stringify(near)}`, remedy);
}
