/** Stands where a secret was. */
export const REDACTED = '[redacted]';

const SECRET_WORDS = new Set([
  ...['auth', 'authorization', 'cookie', 'credential', 'credentials', 'hmac', 'jwt', 'key', 'keys', 'passphrase'],
  ...['passwd', 'password', 'passwords', 'pwd', 'secret', 'secrets', 'sign', 'signature', 'token', 'tokens'],
]);

const SECRET_ENDINGS = ['authkey', 'streamkey', 'pushkey', 'accesskey', 'apikey', 'secretkey', 'accesstoken'];

/** True when a field or parameter of this name holds a secret: its last word is one of ours (`auth_key`, `key2`). */
export function isSecretName(name: string): boolean {
  const words = name
    .replace(/\d+$/, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '');
  const last = words.at(-1) ?? '';
  return SECRET_WORDS.has(last) || SECRET_ENDINGS.some((ending) => last.endsWith(ending));
}

/** Decodes what can be decoded; a stray `%` hides nothing behind it. */
function decoded(text: string): string {
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Longer texts are cut: a stranger decides how long a URL is. */
const MAX_TEXT_LENGTH = 8192;

const MAX_NAME_LENGTH = 64;

/** `=`, also percent-encoded inside another URL's parameter (`%3Fauth_key%3D...%26`), once or more. */
const EQUALS = /=|%(?:25)*3D/gi;

/** After a plain `=`, escaped letters belong to the value. */
const PLAIN_VALUE = /[^&#;,\s"'<>`\\]*/y;

const ESCAPED_VALUE = /(?:(?!%(?:25)*(?:26|23|20|22))[^&#;,\s"'<>`\\])*/iy;

function withoutParameters(text: string): string {
  const equals = new RegExp(EQUALS);
  let shown = '';
  let done = 0;
  for (let match = equals.exec(text); match !== null; match = equals.exec(text)) {
    const name = text.slice(Math.max(done, match.index - MAX_NAME_LENGTH), match.index);
    if (!isSecretName(decoded(decoded(name)))) continue;
    const value = new RegExp(match[0] === '=' ? PLAIN_VALUE : ESCAPED_VALUE);
    value.lastIndex = equals.lastIndex;
    if (value.exec(text)?.[0] === '') continue;
    shown += text.slice(done, equals.lastIndex) + REDACTED;
    done = value.lastIndex;
    equals.lastIndex = done;
  }
  return shown + text.slice(done);
}

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/([a-z][a-z0-9+.-]{0,31}:\/\/[^\s/:@?#]{0,256}:)[^\s/?#]{1,1024}@/gi, `$1${REDACTED}@`],
  [/\b(Bearer|Basic|Digest)(\s+)[A-Za-z0-9._~+/=-]{4,}/gi, `$1$2${REDACTED}`],
  [/(\/|%2F)(~|%7E)[^/?#\s"'<>%]+/gi, `$1$2${REDACTED}`],
  [/\b\d{9,11}-[A-Za-z0-9_]{1,64}-[A-Za-z0-9_-]{1,64}-[0-9a-f]{32}\b/gi, REDACTED],
  [/(\/)[0-9a-f]{32}(?=\/)/gi, `$1${REDACTED}`],
  [/\beyJ[A-Za-z0-9_-]{4,256}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*/g, REDACTED],
];

/** `"name": "`; in a JSON text inside another one, each quote has its backslashes. */
const FIELD_OPENING = /(\\{0,8}")([A-Za-z0-9_.-]{1,64})\1\s{0,8}:\s{0,8}\1/g;

/** Where a value ends that began at `from` with this quote: at the next one that has no further backslash. */
function closingQuote(text: string, quote: string, from: number): number {
  let at = text.indexOf(quote, from);
  while (at > from && text[at - 1] === '\\') at = text.indexOf(quote, at + 1);
  return at < 0 ? text.length : at;
}

function withoutFields(text: string): string {
  const opening = new RegExp(FIELD_OPENING);
  let shown = '';
  let done = 0;
  for (let match = opening.exec(text); match !== null; match = opening.exec(text)) {
    const [, quote = '"', name = ''] = match;
    if (!isSecretName(name)) continue;
    shown += text.slice(done, opening.lastIndex) + REDACTED;
    done = closingQuote(text, quote, opening.lastIndex);
    opening.lastIndex = done;
  }
  return shown + text.slice(done);
}

/** The text with every secret taken out that stands in a place we know: URL parameters, path tokens, JSON, headers. */
export function redactText(text: string): string {
  const cut = text.length <= MAX_TEXT_LENGTH ? text : `${text.slice(0, MAX_TEXT_LENGTH)}[cut]`;
  const withoutPatterns = PATTERNS.reduce((all, [pattern, by]) => all.replace(pattern, by), withoutFields(cut));
  return withoutParameters(withoutPatterns);
}
