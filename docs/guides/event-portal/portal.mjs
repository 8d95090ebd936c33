import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { signUrl } from '../snippets/sign.mjs';
import { verifyWebhook } from '../snippets/verify.mjs';
import { listPage, loginPage, watchPage } from './pages.mjs';

const { PLAY_URL, PLAY_KEY, CALLBACK_KEY, PORTAL_USERS = '', STATES_FILE = 'states.json', PORT = '3000' } = process.env;
for (const [name, value] of Object.entries({ PLAY_URL, PLAY_KEY, CALLBACK_KEY, PORTAL_USERS })) {
  if (!value) throw new Error(`${name} is not set: see docs/guides/event-portal.md`);
}

/** Who may watch: `ann:secret,bob:another`. Take your own accounts instead. */
const USERS = new Map(PORTAL_USERS.split(',').map((each) => each.split(/:(.*)/s, 2)));
const EVENTS = [
  { id: 'keynote', title: 'Keynote', when: 'Monday, 10:00', stream: 'live/keynote' },
  { id: 'workshop', title: 'Workshop', when: 'Monday, 14:00', stream: 'live/workshop' },
];
const SESSION_SECONDS = 12 * 3600;
const SECRET = randomBytes(32);
const MAX_BODY_BYTES = 65_536;
const MAX_WATCHERS = 10_000;
/** Another server's pages are framed and nothing else of it is taken. */
const POLICY = `default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src ${new URL(PLAY_URL).origin}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;

// What callbacks said of each event, kept over restarts: { state: 'soon' | 'live' | 'break' | 'over', at }.
const states = readStates();
const watchers = new Set();

function readStates() {
  try {
    return JSON.parse(readFileSync(STATES_FILE, 'utf8'));
  } catch {
    return {};
  }
}

const stateOf = ({ id }) => states[id]?.state ?? 'soon';

const MEANINGS = new Map([
  ['publish', 'live'],
  ['stream_interrupted', 'break'],
  ['stream_resumed', 'live'],
  ['stream_ended', 'over'],
]);

/** A callback that is verified. What happened before the last one that counted comes again or late. */
function heard({ type, timestamp, data }) {
  const event = EVENTS.find(({ stream }) => stream === `${data.app}/${data.stream}`);
  const state = MEANINGS.get(type);
  if (!event || !state || timestamp < (states[event.id]?.at ?? '')) return;
  states[event.id] = { state, at: timestamp };
  writeFileSync(STATES_FILE, JSON.stringify(states));
  for (const response of watchers) tell(response);
}

function tell(response) {
  const all = Object.fromEntries(EVENTS.map((event) => [event.id, stateOf(event)]));
  response.write(`data: ${JSON.stringify(all)}\n\n`);
}

/** The player page in a frame; its addresses are signed for this user, who can be shut out by name (`revoked`). */
function playerUrl({ stream }, user) {
  const signed = (extension) => signUrl(`${PLAY_URL}/${stream}${extension}`, PLAY_KEY, { uid: uidOf(user) });
  const parameters = { embed: '1', autoplay: '1', muted: '1', hls: signed('.m3u8'), flv: signed('.flv') };
  return `${PLAY_URL}/${stream}?${new URLSearchParams(parameters)}`;
}

/** A uid has no hyphens, and need not be what the user calls himself. */
const uidOf = (user) => createHash('sha256').update(user).digest('hex').slice(0, 16);

const isSame = (one, other) => timingSafeEqual(sha256(one), sha256(other));
const sha256 = (text) => createHash('sha256').update(text).digest();
const mac = (text) => createHmac('sha256', SECRET).update(text).digest('base64url');

function sessionOf(user) {
  const granted = `${Buffer.from(user).toString('base64url')}.${Math.floor(Date.now() / 1000) + SESSION_SECONDS}`;
  return `${granted}.${mac(granted)}`;
}

function userOf(request) {
  const cookie = /(?:^|; )session=([^;]*)/.exec(request.headers.cookie ?? '')?.[1] ?? '';
  const [name = '', until = '', signature = ''] = cookie.split('.');
  const isGood = isSame(mac(`${name}.${until}`), signature) && Number(until) > Date.now() / 1000;
  return isGood ? Buffer.from(name, 'base64url').toString() : undefined;
}

async function bodyOf(request) {
  const pieces = [];
  let sizeBytes = 0;
  for await (const piece of request) {
    sizeBytes += piece.length;
    if (sizeBytes > MAX_BODY_BYTES) throw new Error('the body is too large');
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

const send = (response, status, text, headers = {}) =>
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', ...headers }).end(text);
const redirect = (response, location, headers = {}) => response.writeHead(303, { location, ...headers }).end();

async function login(request, response) {
  const form = new URLSearchParams((await bodyOf(request)).toString());
  const [user, password] = [form.get('user') ?? '', form.get('password') ?? ''];
  const known = USERS.get(user);
  if (!isSame(known ?? '', password) || !known) return send(response, 401, loginPage('That was not right.'));
  redirect(response, '/', { 'set-cookie': `session=${sessionOf(user)}; Path=/; HttpOnly; SameSite=Lax` });
}

async function hook(request, response) {
  const body = await bodyOf(request);
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = request.headers;
  if (!verifyWebhook({ id, timestamp, signature, body }, CALLBACK_KEY)) return send(response, 401, 'not signed');
  heard(JSON.parse(body.toString()));
  send(response, 200, 'ok');
}

function follow(response) {
  if (watchers.size >= MAX_WATCHERS) return send(response, 503, 'too many');
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  watchers.add(response);
  response.on('close', () => watchers.delete(response));
  tell(response);
}

async function answer(request, response) {
  response.setHeader('content-security-policy', POLICY);
  const { pathname } = new URL(request.url, 'http://portal');
  const asked = `${request.method} ${pathname}`;
  if (asked === 'POST /hooks') return hook(request, response);
  if (asked === 'POST /login') return login(request, response);
  if (asked === 'GET /login') return send(response, 200, loginPage());
  const type = { '/portal.css': 'text/css', '/portal.js': 'text/javascript' }[pathname];
  if (type)
    return send(response, 200, readFileSync(new URL(`.${pathname}`, import.meta.url)), { 'content-type': type });
  const user = userOf(request);
  if (user === undefined) return redirect(response, '/login');
  if (asked === 'POST /logout') return redirect(response, '/login', { 'set-cookie': 'session=; Path=/; Max-Age=0' });
  if (asked === 'GET /') return send(response, 200, listPage(user, EVENTS, stateOf));
  if (asked === 'GET /states') return follow(response);
  const [, what, id] = /^GET \/(watch|player)\/(\w+)$/.exec(asked) ?? [];
  const event = EVENTS.find((each) => each.id === id);
  if (!event) return send(response, 404, 'There is nothing here.');
  if (what === 'watch') return send(response, 200, watchPage(user, event, stateOf(event)));
  send(response, 200, playerUrl(event, user), { 'content-type': 'text/plain', 'cache-control': 'no-store' });
}

const server = createServer((request, response) => {
  answer(request, response).catch(() => response.headersSent || send(response, 400, 'That could not be read.'));
});
server.listen(Number(PORT), () => console.log(`The portal is at http://127.0.0.1:${server.address().port}/`));
