const STATES = { soon: 'Not on yet', live: 'Live', break: 'Back in a moment', over: 'Over' };
const player = document.querySelector('[data-player]');

if (document.querySelector('[data-event]')) {
  // The browser comes again by itself when the connection breaks, and hears all states anew.
  new EventSource('/states').onmessage = ({ data }) => {
    const states = JSON.parse(data);
    for (const badge of document.querySelectorAll('[data-event]')) {
      const state = states[badge.dataset.event];
      badge.textContent = STATES[state];
      badge.className = `state ${state}`;
    }
    if (player) void show(states[player.dataset.player]);
  };
}

/** The player comes when the event is live, with a fresh signature, and stays while the stream may come back. */
async function show(state) {
  if (state === 'soon' || state === 'over') player.replaceChildren();
  if (state !== 'live' || player.firstChild) return;
  const frame = document.createElement('iframe');
  frame.allow = 'autoplay; fullscreen';
  frame.title = 'Player';
  player.append(frame);
  const answer = await fetch(`/player/${player.dataset.player}`);
  if (answer.redirected) location.assign('/login');
  else frame.src = await answer.text();
}
