import type * as MapLibre from 'maplibre-gl';
import {Chart, type Library} from './chart';
import type {Camera, State} from './state';
import {type Look, source} from './style';
import {calm, coordinates, element, texts} from './texts';

/** What is known of a day: the prefectures' tints, the units that changed on it. */
export interface DayFacts {
  tints: Record<string, number>;
  touched: number[];
}

type Point = [number, number];

/**
 * The live map. It stands over the drawing that the server made, and takes its
 * place once it has drawn itself; without WebGL2 the drawing stays.
 *
 * It tells the page what the reader does by the events "pick" (a unit, or none),
 * "ask" (a point of the map) and "camera", and of trouble with tiles by "away".
 */
export class BoundaryMap extends HTMLElement {
  /** Whether the map has drawn itself once. */
  live = false;
  map?: MapLibre.Map;
  /** The main map, and the one of the other day. */
  chart?: Chart;
  other?: Chart;
  library?: Library;
  /** Clicks go to whoever has taken them, such as the measure. */
  taken?: (at: Point) => void;
  /** Where the pointer last was over the map. */
  pointer?: Point;
  /** Which of the two maps shows at a point of the screen; the main one by default. */
  shownAt: (x: number) => Chart | undefined = () => this.chart;
  /** What is said while there is nothing else to say: why there is no live map. */
  private standing = '';
  private pin?: MapLibre.Marker;
  private hovered?: {chart: Chart; id: number | string; sourceLayer: string};
  private facts: DayFacts = {tints: {}, touched: []};
  private state: State = {layers: [], rest: []};

  get days(): string[] {
    return this.list<string>(this.dataset.days);
  }

  /** Reads a list of the server; it may say null for an empty one. */
  private list<T>(json = '[]'): T[] {
    return (JSON.parse(json) as T[] | null) ?? [];
  }

  get today(): string {
    return this.dataset.today!;
  }

  /** The first day of the stretch without change that a day lies in. */
  epoch(day: string): string {
    return this.days.findLast((d) => d <= day) ?? day;
  }

  /** Loads the library and draws the state. It resolves to false where that cannot be. */
  async start(state: State, facts: DayFacts, reach?: string): Promise<boolean> {
    Object.assign(this, {state, facts});
    try {
      this.library = (await import(this.dataset.script!)) as Library;
      this.open(reach);
    } catch (reason) {
      const able = document.createElement('canvas').getContext('webgl2') !== null;
      if (able) console.error('boundary-map: the live map did not start:', reason);
      else console.info('boundary-map: no WebGL2:', reason);
      this.chart = this.map = undefined;
      this.querySelector('.canvas')?.remove();
      this.classList.add('still');
      this.standing = (able ? texts.nolive : texts.nowebgl) ?? '';
      this.notice('');
      return false;
    }
    this.listen(this.chart!);
    return true;
  }

  /** Shows another state: the day's tiles, the tints, the unit, the point. */
  show(state: State, facts: DayFacts) {
    Object.assign(this, {state, facts});
    if (!this.live) return;
    this.chart!.show(this.look(state.day ?? this.today, facts));
    this.mark();
  }

  /** Draws everything anew, tiles that failed included. */
  renew() {
    this.chart?.renew();
    this.other?.renew();
  }

  /** The camera that brings an area into view: west,south,east,north in degrees. */
  fit(bounds: string, padding: number | MapLibre.PaddingOptions = 48) {
    const box = corners(bounds);
    if (box) this.map?.fitBounds(box, {padding, maxZoom: 9.5, animate: !calm()});
  }

  fly(center: Point, zoom: number) {
    this.map?.flyTo({center, zoom: Math.max(zoom, this.map.getZoom()), animate: !calm()});
  }

  /** Brings back the whole province. */
  home() {
    this.fit(this.dataset.bounds ?? '', this.padding());
  }

  /** The room to leave around an area: on a phone, search and tools lie over the top of the map page. */
  private padding(): MapLibre.PaddingOptions {
    const over = this.closest('.desk') && matchMedia('(max-width: 48rem)').matches ? 64 : 0;
    const edge = this.clientWidth < 600 || this.clientHeight < 300 ? 14 : 36;
    return {top: Math.min(edge + over, this.clientHeight / 3), right: edge, bottom: Math.min(edge, this.clientHeight / 6), left: edge};
  }

  /** Says something over the map; "" takes it back, all but why the map is still. */
  notice(said: string) {
    const text = said || this.standing;
    const line = this.querySelector<HTMLElement>('.notice')!;
    line.textContent = text;
    line.hidden = text === '';
  }

  /** Lays a map of another day over this one, under the same camera. */
  overlay(day: string, facts: DayFacts): Chart {
    const container = this.container();
    const {center, zoom} = {center: this.map!.getCenter(), zoom: this.map!.getZoom()};
    this.other = new Chart(this.library!, container, this.look(day, {...facts, touched: []}), {center, zoom, interactive: false});
    container.classList.add('overlaid');
    this.listen(this.other);
    return this.other;
  }

  look(day: string, facts: DayFacts): Look {
    return {
      tiles: this.tileAddress(this.epoch(day)), tints: facts.tints, touched: facts.touched, unit: this.state.unit, layers: this.state.layers,
      perhaps: texts.perhaps ?? '', neighbours: this.list<Look['neighbours'][number]>(this.dataset.neighbours),
    };
  }

  camera(): Camera {
    const {lng, lat} = this.map!.getCenter();
    return {lon: lng, lat, z: this.map!.getZoom()};
  }

  private container(): HTMLElement {
    const out = element('div', 'canvas');
    (this.querySelector('.canvas') ?? this.querySelector('.drawn'))!.after(out);
    return out;
  }

  private open(reach?: string) {
    const box = corners(reach || this.dataset.bounds || '');
    const camera = this.state.camera;
    this.chart = new Chart(this.library!, this.container(), this.look(this.state.day ?? this.today, this.facts), {
      ...(camera ? {center: [camera.lon, camera.lat], zoom: camera.z} : box ? {bounds: box, fitBoundsOptions: {padding: this.padding(), maxZoom: 9.5}} : {center: [126, 43.7], zoom: 5.5}),
    });
    this.map = this.chart.map;
    this.map.addControl(new this.library!.ScaleControl({unit: 'metric', maxWidth: 110}), 'bottom-right');
    this.map.once('idle', () => {
      this.live = true;
      this.classList.add('live');
      this.show(this.state, this.facts); // what the reader has gone to since
    });
    this.attend(this.map);
  }

  private listen({map}: Chart) {
    map.on('styleimagemissing', () => undefined);
    map.on('error', (e) => {
      const status = (e.error as {status?: number} | undefined)?.status;
      if (status === undefined || status >= 500 || status === 0) this.tell('away', e.error?.message);
      else console.error('boundary-map:', e.error);
    });
  }

  /** Listens to the reader's hands. */
  private attend(map: MapLibre.Map) {
    map.on('click', (e) => {
      const at = e.lngLat.wrap().toArray() as Point;
      if (this.taken) this.taken(at);
      else this.choose(e.point, at);
    });
    map.on('contextmenu', (e) => this.tell('ask', e.lngLat.wrap().toArray()));
    // Some phones send no contextmenu for a long press.
    let pressed: ReturnType<typeof setTimeout>;
    map.on('touchstart', (e) => {
      clearTimeout(pressed);
      if (e.points.length === 1) pressed = setTimeout(() => this.tell('ask', e.lngLat.wrap().toArray()), 650);
    });
    for (const over of ['touchend', 'touchmove', 'touchcancel', 'contextmenu'] as const) map.on(over, () => clearTimeout(pressed));
    // The key names the borders of townships where there are some.
    map.on('idle', () => {
      const row = document.querySelector<HTMLElement>('.symbols .township');
      if (row) row.hidden = map.getZoom() < 7.5 || !map.querySourceFeatures(source, {sourceLayer: 'boundary', filter: ['==', ['get', 'rank'], 4]}).length;
    });
    map.on('moveend', () => this.live && this.tell('camera', this.camera()));
    if (matchMedia('(hover: hover)').matches) this.watchPointer(map);
    // The arrows of the keyboard move the map when the reader has tabbed to it; after a click they step through time.
    map.getCanvas().addEventListener('pointerup', () => map.getCanvas().blur());
  }

  /** Picks what was clicked: a prefecture by its name, a county by its area. An area without a known holder is asked about. */
  private choose(point: MapLibre.Point, at: Point) {
    const hit = this.hit(point);
    if (hit?.layer.id === 'unrefined') this.tell('ask', at);
    else this.tell('pick', hit?.id === undefined ? undefined : String(hit.id));
  }

  private hit(point: MapLibre.Point): MapLibre.MapGeoJSONFeature | undefined {
    const map = (this.shownAt(point.x) ?? this.chart!).map;
    if (!map.getLayer('county')) return undefined;
    return map.queryRenderedFeatures(point, {layers: ['prefecture-name', 'unrefined', 'township', 'county']})[0];
  }

  private watchPointer(map: MapLibre.Map) {
    map.getCanvas().style.cursor = 'crosshair';
    map.on('mousemove', (e) => {
      this.pointer = e.lngLat.wrap().toArray() as Point;
      this.querySelector('.whereabouts')!.textContent = coordinates(...this.pointer);
      this.querySelector<HTMLElement>('.whereabouts')!.hidden = false;
      const chart = this.shownAt(e.point.x) ?? this.chart!;
      const hit = this.taken ? undefined : this.hit(e.point);
      this.hover(chart, hit);
      this.point(hit, e.point, chart);
    });
    map.on('mouseout', () => {
      this.pointer = undefined;
      this.hover(this.chart!);
      this.point(undefined);
    });
  }

  /** Lights up the area under the pointer. */
  private hover(chart: Chart, hit?: MapLibre.MapGeoJSONFeature) {
    const sourceLayer = hit?.layer.id;
    const id = sourceLayer === 'county' || sourceLayer === 'township' ? hit!.id : undefined;
    if (id === this.hovered?.id && chart === this.hovered?.chart) return;
    if (this.hovered?.chart.map.getSource(source)) this.hovered.chart.map.setFeatureState({source, sourceLayer: this.hovered.sourceLayer, id: this.hovered.id}, {hover: false});
    if (id !== undefined) chart.map.setFeatureState({source, sourceLayer, id}, {hover: true});
    this.hovered = id === undefined ? undefined : {chart, id, sourceLayer: sourceLayer!};
  }

  /** Names what the pointer is over, beside it. */
  private point(hit: MapLibre.MapGeoJSONFeature | undefined, at?: MapLibre.Point, chart?: Chart) {
    const tip = this.querySelector<HTMLElement>('.pointed')!;
    tip.hidden = !hit;
    if (!hit || !at) return;
    const p = hit.properties as Record<string, string>;
    const above = {county: 'prefecture', township: 'county'}[hit.layer.id];
    const over = above && chart!.map.queryRenderedFeatures(at, {layers: [above]})[0];
    const name = hit.layer.id === 'unrefined' ? p.holder! : p.name!;
    const more = hit.layer.id === 'unrefined' ? texts.unknown! : [over ? over.properties.name : '', p.roman, p.code?.slice(0, 6)].filter(Boolean).join(' · ');
    tip.replaceChildren(element('b', '', name), element('span', '', more));
    const left = at.x > this.clientWidth - 200;
    tip.style.translate = `${at.x + (left ? -14 : 14)}px ${at.y + 14}px`;
    tip.classList.toggle('to-left', left);
  }

  private mark() {
    this.pin?.remove();
    if (!this.state.here) return;
    this.pin = new this.library!.Marker({element: element('div', 'pin')}).setLngLat(this.state.here).addTo(this.map!);
  }

  private tileAddress(epoch: string): string {
    const q = new URLSearchParams({datetime: epoch});
    const known = this.state.rest.find(([name]) => name === 'recorded-as-of');
    if (known) q.set(...known);
    return `${location.origin}${this.dataset.tiles}/{z}/{x}/{y}.mvt?${q}`;
  }

  private tell(type: string, detail: unknown) {
    this.dispatchEvent(new CustomEvent(type, {detail}));
  }
}

/** Reads west,south,east,north. */
export function corners(bounds: string): [number, number, number, number] | undefined {
  const n = bounds.split(',').map(Number);
  return n.length === 4 && n.every(Number.isFinite) ? (n as [number, number, number, number]) : undefined;
}

