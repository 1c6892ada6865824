// The map page: joins the map, the time bar and the panel, and keeps the
// address true. Without this file the page is a document; with it, the same
// links and forms act in place.
import {BoundaryMap, type DayFacts} from './boundary-map';
import {Comparison} from './compare';
import {listen} from './keys';
import {Measure} from './measure';
import {Panel, Refused} from './panel';
import {Search} from './search';
import {Share} from './share';
import {Sheet} from './sheet';
import {type Compare, type Layer, type State, address, allLayers, query, read} from './state';
import {inWords, texts} from './texts';
import {TimeBar} from './time-bar';

customElements.define('boundary-map', BoundaryMap);
customElements.define('time-bar', TimeBar);

const $ = <E extends HTMLElement>(selector: string) => document.querySelector<E>(selector)!;
const map = $<BoundaryMap>('boundary-map');
const time = $<TimeBar>('time-bar');
const panel = new Panel($('#panel'));
const said = $('#said');
const legend = $<HTMLDetailsElement>('.legend');
let state = read(new URL(location.href));

const dayOf = (s: State) => s.day ?? map.today;

/** Changes the state and shows it; the address follows. */
function go(change: Partial<State>) {
  const next = {...state, ...change};
  if (next.day === map.today) next.day = undefined;
  if (address(next) === address(state)) return;
  history.pushState(null, '', address(next));
  void show(next);
}

/** Shows a state. What hangs on the day is there at once; the panel follows. */
async function show(next: State) {
  const before = state;
  state = next;
  time.show(dayOf(next));
  map.show(next, {...panel.facts, touched: dayOf(next) === dayOf(before) ? panel.facts.touched : []});
  preview(dayOf(next));
  switches();
  void comparison.show(next);
  redraw();
  const told = query({...next, layers: before.layers, compare: undefined, other: undefined}) !== query({...before, compare: undefined, other: undefined});
  if (!told || (await answered())) settle(before);
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
        location.assign(address(asked)); // its page says why
        return false;
      }
      lost();
      await new Promise((next) => setTimeout(next, wait));
      if (query(asked) !== query(state)) return false;
    }
  }
}

/** Brings the map in line with a panel that has just come. */
function settle(before: State) {
  map.show(state, panel.facts);
  const {caption = '', bounds = ''} = panel.body.dataset;
  time.caption(caption);
  const card = panel.body.querySelector<HTMLElement>(state.here && !state.unit ? '.here .chain' : '.selected');
  const chosen = state.unit !== before.unit || state.here?.join() !== before.here?.join();
  said.textContent = [inWords(dayOf(state)), caption, chosen && card ? (card.dataset.name ?? card.innerText) : ''].filter(Boolean).join('. ');
  document.title = document.title.replace(/^.*(?= · )/, (panel.body.dataset.title ?? '').replaceAll('$', '$$$$'));
  if (chosen && card) {
    panel.body.parentElement!.scrollTo({top: 0, behavior: 'smooth'});
    sheet.lift();
  }
  if (chosen && state.unit && flying) map.fit(bounds, 72);
  flying = false;
  for (const link of document.querySelectorAll<HTMLAnchorElement>('a[data-keep]')) link.search = query(state);
}

/** The large date follows the hand before the panel comes. */
function preview(day: string) {
  const [year, rest] = [panel.body.querySelector('.when .year'), panel.body.querySelector('.when .monthday')];
  if (year) year.textContent = texts.year!.replace('{year}', day.slice(0, 4));
  if (rest) rest.textContent = inWords(day, {month: 'long', day: 'numeric'});
  const carried = $('.carried');
  carried.hidden = !(day < carried.dataset.before! && day >= carried.dataset.from!);
}

// The drawing under the live map is what gets printed: it follows the state, once the reader pauses.
const drawing = () => `/map.svg${query({...state, unit: undefined, here: undefined, compare: undefined})}`;
let drawn = drawing();
let redrawing: ReturnType<typeof setTimeout>;
function redraw() {
  clearTimeout(redrawing);
  redrawing = setTimeout(() => {
    const image = new Image();
    image.alt = document.title;
    image.className = 'sheet';
    const source = drawing();
    if (source === drawn) return;
    image.src = source;
    void image.decode().then(() => {
      if (source !== drawing()) return;
      drawn = source;
      map.querySelector('.drawn')!.replaceChildren(image);
    }, () => undefined);
  }, 200);
}

// What is printed before it has come would be of two days at once: paper says so instead.
addEventListener('beforeprint', () => {
  document.body.classList.toggle('unready', drawn !== drawing() || !!document.querySelector('#panel[aria-busy]'));
  map.dataset.unready = texts.unready;
});
addEventListener('afterprint', () => document.body.classList.remove('unready'));

let away = false;
let pause = 500; // before asking whether the server is back; longer each time it fails again at once
function lost() {
  away = true;
  map.notice(texts.away ?? '');
}
function recovered() {
  away = false;
  map.renew();
  setTimeout(() => away || (pause = 500), 30_000);
  map.notice(texts.back ?? '');
  setTimeout(() => away || map.notice(''), 2500);
}

/** Whether the next unit shown is worth moving the map for: one that was searched for or linked to, not one clicked. */
let flying = false;

const measure = new Measure(map);
const comparison = new Comparison(map, (day): Promise<DayFacts> => panel.factsOf(query({...state, day, here: undefined, unit: undefined})));
const share = new Share(map);
const sheet = new Sheet($('#panel'));

/** An act that does nothing where there is no live map. */
const onMap = (act: () => void) => () => {
  if (map.live) act();
};

/** Asks what is at the pointer, or at the centre of the map. */
const ask = onMap(() => go({here: map.pointer ?? (map.map!.getCenter().toArray() as [number, number]), unit: undefined}));

/** Starts comparing with the state before the last change, or ends it. */
function compare(mode?: Compare) {
  if (state.compare && (!mode || mode === state.compare)) go({compare: undefined, other: undefined});
  else go({compare: mode ?? 'swipe', other: state.other ?? map.days.findLast((d) => d < dayOf(state) && d < map.days.at(-1)!) ?? map.days[0] ?? dayOf(state)});
}

function toggle(layer: Layer) {
  go({layers: allLayers.filter((l) => (l === layer) !== state.layers.includes(l))});
}

const acts: Record<string, () => void> = {
  zoomin: onMap(() => map.map!.zoomIn()),
  zoomout: onMap(() => map.map!.zoomOut()),
  home: onMap(() => map.home()),
  compare: onMap(() => compare()),
  measure: onMap(() => measure.toggle()),
  here: ask,
  share: () => share.open(state),
  full: () => void (document.fullscreenElement ? document.exitFullscreen() : $('.desk').requestFullscreen()).catch(() => undefined),
  help: () => $<HTMLDialogElement>('#help').showModal(),
};

/** Esc takes back one thing at a time, the latest first. */
function escape() {
  if (measure.on) measure.toggle();
  else if (state.compare) compare();
  else if (state.unit || state.here) go({unit: undefined, here: undefined});
}

function keyboard() {
  listen({
    'ArrowLeft': () => time.move('prev'), 'ArrowRight': () => time.move('next'), '[': () => time.move('-12'), ']': () => time.move('12'), 'p': () => time.move('play'),
    '/': () => search.focus(), 'w': ask, 'c': acts.compare!, 'b': onMap(() => (state.compare === 'blink' ? comparison.blink() : compare('blink'))), 'm': acts.measure!,
    'y': onMap(() => toggle('roman')), 'l': () => (legend.open = !legend.open), '0': acts.home!, 'f': acts.full!, 's': acts.share!, '?': acts.help!,
    '+': acts.zoomin!, '=': acts.zoomin!, '-': acts.zoomout!, 'Escape': escape,
    'Backspace': () => measure.on && measure.undo(), 'Enter': () => measure.on && measure.add(),
  });
}

map.addEventListener('pick', (e) => go({unit: (e as CustomEvent<string | undefined>).detail, here: undefined}));
map.addEventListener('ask', (e) => go({here: (e as CustomEvent<[number, number]>).detail, unit: undefined}));
map.addEventListener('camera', (e) => {
  state = {...state, camera: (e as CustomEvent<State['camera']>).detail};
  history.replaceState(null, '', address(state));
});
map.addEventListener('away', () => {
  if (away) return;
  lost();
  setTimeout(() => void answered(), (pause = Math.min(pause * 2, 60_000)));
});
time.addEventListener('preview', (e) => preview((e as CustomEvent<string>).detail));
time.addEventListener('day', (e) => go({day: (e as CustomEvent<string>).detail}));
addEventListener('popstate', () => {
  const next = read(new URL(location.href));
  void show(next); // before the camera moves: its event writes the address of the state
  if (next.camera) map.map?.jumpTo({center: next.camera, zoom: next.camera.z});
});

document.addEventListener('click', (e) => {
  const target = e.target as Element;
  const act = acts[target.closest<HTMLElement>('[data-do]')?.dataset.do ?? ''];
  if (act && !target.closest('dialog')) act();
  const mode = target.closest<HTMLElement>('[data-compare]')?.dataset.compare as Compare | undefined;
  if (mode) mode === state.compare ? mode === 'blink' && comparison.blink() : compare(mode);
  const language = target.closest<HTMLAnchorElement>('.languages a');
  if (language) language.hash = location.hash;
  const link = target.closest<HTMLAnchorElement>('a[data-go]');
  if (!link || e.metaKey || e.ctrlKey || e.shiftKey || e.button !== 0) return;
  e.preventDefault();
  const {day, here, unit} = read(new URL(link.href));
  flying = !!unit;
  go({day, here, unit});
});

document.addEventListener('submit', (e) => {
  const form = e.target as HTMLFormElement;
  if (!form.matches('.pickday')) return;
  e.preventDefault();
  go({day: String(new FormData(form).get('datetime'))});
});

for (const input of document.querySelectorAll<HTMLInputElement>('[data-side]')) {
  input.addEventListener('change', () => input.validity.valid && go(input.dataset.side === 'other' ? {other: input.value} : {day: input.value}));
}

/** Puts the switches of the layers where the state has them. */
function switches() {
  for (const box of document.querySelectorAll<HTMLInputElement>('[data-layer]')) box.checked = state.layers.includes(box.dataset.layer as Layer);
}
for (const box of document.querySelectorAll<HTMLInputElement>('[data-layer]')) box.addEventListener('change', () => toggle(box.dataset.layer as Layer));

// On a phone, upright or on its side, the map needs the room more than its key does.
legend.open = !matchMedia('(max-width: 48rem), (max-height: 30rem)').matches;

time.start(dayOf(state));
time.caption(panel.body.dataset.caption ?? '');
switches();
const search = new Search($('.finder'), () => new URLSearchParams([['datetime', dayOf(state)], ...state.rest]), (found) => {
  if (found.kind === 'place') go({here: found.at ?? undefined, unit: undefined, layers: allLayers.filter((l) => l === 'place' || state.layers.includes(l))});
  else go({unit: String(found.id), here: undefined});
  if (found.bbox) map.fit(found.bbox.join(), 72);
  else if (found.at) map.fly(found.at, found.kind === 'unit' ? 9 : 10.5);
});
keyboard();
const drawable = await map.start(state, panel.facts, panel.body.dataset.bounds);
$('.tools').hidden = false;
$('.layers').hidden = !drawable;
if (drawable) map.map!.once('idle', () => void comparison.show(state));
else for (const act of ['zoomin', 'zoomout', 'home', 'compare', 'measure', 'here', 'image']) $(`[data-do=${act}]`).hidden = true;
