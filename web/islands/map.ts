// The map page: joins the map, the time bar and the panel, and keeps the
// address true. Without this file the page is a document; with it, the same
// links and forms act in place.
import {BoundaryMap} from './boundary-map';
import {Panel, Refused} from './panel';
import {query, read, type State} from './state';
import {TimeBar} from './time-bar';

customElements.define('boundary-map', BoundaryMap);
customElements.define('time-bar', TimeBar);

const map = document.querySelector<BoundaryMap>('boundary-map')!;
const time = document.querySelector<TimeBar>('time-bar')!;
const panel = new Panel(document.getElementById('panel')!);
const said = document.getElementById('said')!;
let state = read(new URL(location.href));

/** Changes the state and shows it; the address follows. */
function go(change: Partial<State>) {
  const next = {...state, ...change};
  if (next.day === time.today) next.day = undefined;
  const address = `/${query(next)}`;
  if (!map.live) {
    location.assign(address); // a document until the map is drawn
    return;
  }
  history.pushState(null, '', address);
  void show(next);
}

/** Shows a state. What hangs on the day is there at once; the panel follows. */
async function show(next: State) {
  const before = state;
  state = next;
  const day = next.day ?? time.today;
  time.show(day);
  map.show(next, time.epoch(day), panel.tints);
  if (await answered()) settle(before);
}

/** Loads the panel, and tries again until the server answers. */
async function answered(): Promise<boolean> {
  for (let wait = 1000; ; wait = Math.min(wait * 1.6, 8000)) {
    const asked = state;
    try {
      const done = await panel.load(query(asked));
      if (done && away) recovered();
      return done;
    } catch (reason) {
      if (reason instanceof Refused) {
        location.assign(`/${query(asked)}`); // its page says why
        return false;
      }
      lost();
      await new Promise((next) => setTimeout(next, wait));
      if (asked !== state) return false;
    }
  }
}

/** Brings the map in line with a panel that has just come. */
function settle(before: State) {
  map.show(state, time.epoch(state.day ?? time.today), panel.tints);
  said.textContent = panel.body.querySelector('h1')?.textContent ?? '';
  document.title = document.title.replace(/^.*(?= · )/, said.textContent.trim());
  if (state.unit && state.unit !== before.unit) map.fit(panel.body.dataset.bounds ?? '');
  if (state.here && state.here.join() !== before.here?.join()) {
    panel.body.querySelector('.here')?.scrollIntoView({block: 'nearest', behavior: 'smooth'});
  }
  for (const link of document.querySelectorAll<HTMLAnchorElement>('a[data-keep]')) link.search = query({...state, camera: undefined});
  redraw();
}

// The drawing under the live map is what gets printed: keep it up to date, when there is time.
let redrawing: ReturnType<typeof setTimeout>;
function redraw() {
  clearTimeout(redrawing);
  redrawing = setTimeout(() => {
    const image = new Image();
    image.alt = document.title;
    image.className = 'sheet';
    image.src = `/map.svg${query({...state, camera: undefined, unit: undefined})}`;
    void image.decode().then(() => map.querySelector('.drawn')!.replaceChildren(image), () => undefined);
  }, 1500);
}

let away = false;
let pause = 500; // before asking whether the server is back; longer each time it fails again at once
function lost() {
  away = true;
  map.notice(map.texts.away ?? '');
}
function recovered() {
  away = false;
  map.renew();
  setTimeout(() => away || (pause = 500), 30_000);
  map.notice(map.texts.back ?? '');
  setTimeout(() => away || map.notice(''), 2500);
}

map.addEventListener('ask', (e) => go({here: (e as CustomEvent<[number, number]>).detail, unit: undefined}));
map.addEventListener('camera', (e) => {
  state = {...state, camera: (e as CustomEvent<State['camera']>).detail};
  history.replaceState(null, '', `/${query(state)}`);
});
map.addEventListener('away', () => {
  if (away) return;
  lost();
  setTimeout(() => void answered(), (pause = Math.min(pause * 2, 60_000)));
});
time.addEventListener('day', (e) => go({day: (e as CustomEvent<string | undefined>).detail}));
addEventListener('popstate', () => void show(read(new URL(location.href))));

document.addEventListener('click', (e) => {
  const link = (e.target as Element).closest<HTMLAnchorElement>('a[data-go]');
  if (!link || e.metaKey || e.ctrlKey || e.shiftKey || e.button !== 0) return;
  e.preventDefault();
  const {day, here, unit} = read(new URL(link.href));
  go({day, here: link.rel ? state.here : here, unit: link.rel ? state.unit : unit});
});

document.addEventListener('submit', (e) => {
  const form = e.target as HTMLFormElement;
  if (!form.matches('.pickday')) return;
  e.preventDefault();
  go({day: String(new FormData(form).get('datetime'))});
});

document.addEventListener('keydown', (e) => {
  if (e.altKey || e.ctrlKey || e.metaKey || e.shiftKey || (e.target as Element).closest('input, select, textarea, canvas, summary')) return;
  const day = e.key === 'ArrowLeft' ? panel.body.dataset.prev : e.key === 'ArrowRight' ? panel.body.dataset.next : '';
  if (!day) return;
  e.preventDefault();
  go({day});
});

const places = document.querySelector<HTMLInputElement>('[data-layer=place]')!;
places.checked = state.places;
places.addEventListener('change', () => go({places: places.checked}));

// On a phone the map needs the room more than its key does.
document.querySelector<HTMLDetailsElement>('.legend')!.open = !matchMedia('(max-width: 48rem)').matches;

time.start();
const day = state.day ?? time.today;
if (await map.start(state, time.epoch(day), panel.tints, panel.body.dataset.bounds)) {
  places.closest<HTMLElement>('.layer')!.hidden = false;
}
