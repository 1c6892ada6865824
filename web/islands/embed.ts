// The map in a frame on another site: one day, to look at and move about in.
import {BoundaryMap, type DayFacts} from './boundary-map';
import {address, read} from './state';

customElements.define('boundary-map', BoundaryMap);
const map = document.querySelector<BoundaryMap>('boundary-map')!;
let state = read(new URL(location.href));
const facts: DayFacts = {tints: JSON.parse(document.body.dataset.tints!) as Record<string, number>, touched: []};
const full = document.querySelector<HTMLAnchorElement>('a[data-full]')!;

const follow = () => (full.href = address(state));
map.addEventListener('camera', (e) => {
  state = {...state, camera: (e as CustomEvent<typeof state.camera>).detail};
  follow();
});
map.addEventListener('pick', (e) => {
  state = {...state, unit: (e as CustomEvent<string | undefined>).detail};
  map.show(state, facts);
  follow();
});
follow();
await map.start(state, facts, document.body.dataset.bounds);
