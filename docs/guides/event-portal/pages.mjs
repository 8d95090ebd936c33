const STATES = { soon: 'Not on yet', live: 'Live', break: 'Back in a moment', over: 'Over' };

const escaped = (text) => text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);

const page = (title, body) => `<!doctype html>
<html lang="en">
  <meta charset="utf-8" />
  <meta name="viewport" content="width=device-width" />
  <title>${escaped(title)}</title>
  <link rel="stylesheet" href="/portal.css" />
  <script type="module" src="/portal.js"></script>
  <main>${body}</main>
</html>`;

const header = (user) =>
  `<header><a href="/">All events</a><form method="post" action="/logout">${escaped(user)} <button>Log out</button></form></header>`;

/** The script writes the words anew when a state changes. */
const badge = ({ id }, state) =>
  `<strong class="state ${state}" data-event="${id}" role="status">${STATES[state]}</strong>`;

export const loginPage = (problem = '') =>
  page(
    'Log in',
    `<h1>Log in</h1><form class="login" method="post" action="/login">
    <label>Name <input name="user" autocomplete="username" required /></label>
    <label>Password <input name="password" type="password" autocomplete="current-password" required /></label>
    <button>Log in</button><p role="alert">${escaped(problem)}</p></form>`,
  );

export const listPage = (user, events, stateOf) =>
  page(
    'Events',
    `${header(user)}<h1>Events</h1><ul>${events
      .map(
        (event) =>
          `<li><a href="/watch/${event.id}">${escaped(event.title)}</a> <span>${escaped(event.when)}</span> ${badge(event, stateOf(event))}</li>`,
      )
      .join('')}</ul>`,
  );

export const watchPage = (user, event, state) =>
  page(
    event.title,
    `${header(user)}<h1>${escaped(event.title)}</h1>
    <p><span>${escaped(event.when)}</span> ${badge(event, state)}</p>
    <div class="player" data-player="${event.id}"></div>`,
  );
