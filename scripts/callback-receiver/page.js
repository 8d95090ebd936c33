// Everything that came from outside becomes text nodes only.
const KEPT = 1000;
const VERDICTS = { valid: 'valid', wrong: 'wrong', unsigned: 'unsigned', too_old: 'too old' };
const FORMS = {
  apsara: 'ApsaraVideo Live: domain|timestamp|key',
  vod: 'ApsaraVideo VOD: URL|timestamp|key',
  standard: 'Standard Webhooks: id.timestamp.body',
};

const $ = (id) => document.getElementById(id);
const list = $('list');
const counts = new Map();

function pill(kind, text) {
  const made = document.createElement('span');
  made.className = 'pill';
  made.dataset.kind = kind;
  made.textContent = text;
  return made;
}

function timeText(ms) {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return '';
  return `${date.toLocaleTimeString([], { hour12: false })}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

function marksOf({ answer, attempt, isLate }) {
  const marks = [];
  if (isLate) marks.push(pill('late', 'out of order'));
  if (attempt > 1) marks.push(pill('again', `try ${attempt}`));
  if (answer >= 300) marks.push(pill('refused', `answered ${answer}`));
  return marks;
}

function shownBody({ body, bodyBytes }) {
  const isWhole = new TextEncoder().encode(body).length >= bodyBytes;
  if (!isWhole) return `${body}\n... ${bodyBytes} bytes`;
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

function detailsOf(callback) {
  const { signature, method, target, headers, answer, attempt, happenedAtMs } = callback;
  const query = new URLSearchParams(target.split('?')[1]);
  return [
    ['Signature', `${VERDICTS[signature.verdict]}. ${signature.reason}`],
    ['Form', FORMS[signature.form]],
    ['Signed string', signature.signed],
    ['Happened', happenedAtMs === undefined ? '' : new Date(happenedAtMs).toISOString()],
    ['Answer', `${answer}, try ${attempt}`],
    ['Request', `${method} ${target}`],
    ['Arguments', [...query].map(([name, value]) => `${name} = ${value}`).join('\n')],
    [
      'Headers',
      Object.entries(headers)
        .map(([name, value]) => `${name}: ${value}`)
        .join('\n'),
    ],
    ['Body', shownBody(callback)],
  ].filter(([, text]) => text !== '');
}

/** Made when they are looked at: a thousand closed rows stay light. */
function fillDetails(into, callback) {
  for (const [name, text] of detailsOf(callback)) {
    const term = document.createElement('dt');
    term.textContent = name;
    const pre = document.createElement('pre');
    pre.textContent = text;
    const description = document.createElement('dd');
    description.append(pre);
    into.append(term, description);
  }
}

function rowOf(callback) {
  const row = $('row').content.firstElementChild.cloneNode(true);
  const set = (selector, text) => {
    row.querySelector(selector).textContent = text;
  };
  const { number, event, app, stream, domain, method, signature, receivedAtMs } = callback;
  set('.number', `#${number}`);
  set('time', timeText(receivedAtMs));
  set('.event', event || method);
  set('.stream', [domain, app, stream].filter((part) => part !== '').join(' / ') || callback.target);
  row.querySelector('.marks').append(...marksOf(callback));
  row.querySelector('.verdict').append(pill(signature.verdict, VERDICTS[signature.verdict]));
  row.dataset.words = `${event} ${app}/${stream} ${domain} ${signature.verdict} ${callback.target}`.toLowerCase();
  row.querySelector('details').addEventListener('toggle', ({ target: { open } }) => {
    const into = row.querySelector('dl');
    if (open && into.childElementCount === 0) fillDetails(into, callback);
  });
  return row;
}

function filterRow(row) {
  row.hidden = !row.dataset.words.includes($('filter').value.trim().toLowerCase());
}

function showCounts() {
  const pills = [...counts].map(([verdict, count]) => {
    const item = document.createElement('li');
    item.append(pill(verdict, `${count} ${VERDICTS[verdict]}`));
    return item;
  });
  $('counts').replaceChildren(...pills);
  $('none').hidden = list.childElementCount > 0;
}

function begin() {
  counts.clear();
  list.replaceChildren();
  showCounts();
}

function add(callback) {
  const { verdict } = callback.signature;
  counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  const row = rowOf(callback);
  filterRow(row);
  list.prepend(row);
  if (list.childElementCount > KEPT) list.lastElementChild.remove();
  showCounts();
}

function say(state, text) {
  $('state').dataset.state = state;
  $('state').textContent = text;
}

$('filter').addEventListener('input', () => [...list.children].forEach(filterRow));

const source = new EventSource('/events');
source.addEventListener('open', () => say('live', 'live'));
source.addEventListener('error', () => say('away', 'the receiver does not answer; it is asked again'));
source.addEventListener('begin', begin);
source.addEventListener('message', ({ data }) => add(JSON.parse(data)));
