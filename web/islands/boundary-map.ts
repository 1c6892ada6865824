import type * as MapLibre from 'maplibre-gl';
import {hatch, palette} from './palette';
import type {Camera, State} from './state';
import {isUnit, source, style, tint} from './style';

type Texts = Record<string, string>;

/**
 * The live map. It stands over the drawing that the server made, and takes its
 * place once it has drawn itself; without WebGL2 the drawing stays.
 *
 * It tells the page what the reader does by the events "ask" (a point of the
 * map) and "camera", and of trouble with tiles by "away".
 */
export class BoundaryMap extends HTMLElement {
  /** Whether the map has drawn itself once. */
  live = false;
  map?: MapLibre.Map;
  private library?: typeof MapLibre;
  private pin?: MapLibre.Marker;
  private hovered?: number | string;
  private tints: Record<string, number> = {};
  private state: State = {places: false, rest: []};
  private epoch = '';

  get texts(): Texts {
    return JSON.parse(this.dataset.texts ?? '{}') as Texts;
  }

  /** Loads the library and draws the state. It resolves to false where that cannot be. */
  async start(state: State, epoch: string, tints: Record<string, number>, reach?: string): Promise<boolean> {
    Object.assign(this, {state, epoch, tints});
    try {
      this.library = (await import(this.dataset.script!)) as typeof MapLibre;
      this.map = this.open(reach);
    } catch (reason) {
      // The library throws where WebGL2 is missing; a missing file is the same to the reader.
      console.info('boundary-map: no live map:', reason);
      this.notice(this.texts.nowebgl ?? '');
      this.querySelector('.canvas')?.remove();
      return false;
    }
    this.listen(this.map);
    return true;
  }

  /** Shows another state: the day's tiles, the tints, the unit, the point. */
  show(state: State, epoch: string, tints: Record<string, number>) {
    const moved = epoch !== this.epoch;
    Object.assign(this, {state, epoch, tints});
    if (!this.map?.isStyleLoaded() && !this.live) return;
    if (moved) this.reload();
    this.dress();
  }

  /**
   * Draws everything anew, tiles that failed included. The library (6.17.0)
   * leaves a failed tile loading for ever when its source gets new addresses.
   */
  renew() {
    this.map?.setStyle(this.dressing(), {diff: false});
  }

  private reload() {
    this.map?.getSource<MapLibre.VectorTileSource>(source)?.setTiles([this.tileAddress()]);
  }

  /** Brings an area into view: west,south,east,north in degrees. */
  fit(bounds: string) {
    const box = corners(bounds);
    if (box) this.map?.fitBounds(box, {padding: 48, maxZoom: 9.5, animate: !calm()});
  }

  /** Says something over the map; "" takes it back. */
  notice(text: string) {
    const line = this.querySelector<HTMLElement>('.notice')!;
    line.textContent = text;
    line.hidden = text === '';
  }

  private open(reach?: string): MapLibre.Map {
    const {Map: Live, NavigationControl, ScaleControl} = this.library!;
    const container = document.createElement('div');
    container.className = 'canvas';
    this.querySelector('.drawn')!.after(container);
    const box = corners(reach || this.dataset.bounds || '');
    const camera = this.state.camera;
    const map = new Live({
      container, style: this.dressing(), attributionControl: false, dragRotate: false, pitchWithRotate: false, touchPitch: false,
      fadeDuration: calm() ? 0 : 150, maxZoom: 14, minZoom: 3.5, refreshExpiredTiles: false, renderWorldCopies: false, locale: this.controlTexts(),
      ...(camera ? {center: [camera.lon, camera.lat], zoom: camera.z} : box ? {bounds: box, fitBoundsOptions: {padding: this.clientWidth < 600 ? 14 : 36}} : {center: [126, 43.7], zoom: 5.5}),
    } as MapLibre.MapOptions);
    map.touchZoomRotate.disableRotation();
    map.keyboard.disableRotation();
    map.addControl(new NavigationControl({showCompass: false}), 'top-right');
    map.addControl(new ScaleControl({unit: 'metric', maxWidth: 120}), 'bottom-right');
    return map;
  }

  private listen(map: MapLibre.Map) {
    map.on('styleimagemissing', () => undefined);
    map.on('style.load', () => this.addHatch());
    map.once('idle', () => {
      this.live = true;
      this.classList.add('live');
      this.mark();
    });
    map.on('click', (e) => this.tell('ask', e.lngLat.wrap().toArray()));
    map.on('moveend', (e) => {
      // Only what the reader did is worth an address.
      if (e.originalEvent) this.tell('camera', this.camera());
    });
    map.on('error', (e) => {
      const status = (e.error as {status?: number} | undefined)?.status;
      if (status === undefined || status >= 500 || status === 0) this.tell('away', e.error?.message);
      else console.error('boundary-map:', e.error);
    });
    this.watchPointer(map);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => map.setStyle(this.dressing(), {diff: false}));
    // The arrows of the keyboard move the map when the reader has tabbed to it; after a click they step through time.
    map.getCanvas().addEventListener('pointerup', () => map.getCanvas().blur());
  }

  private watchPointer(map: MapLibre.Map) {
    if (!matchMedia('(hover: hover)').matches) return;
    map.getCanvas().style.cursor = 'crosshair';
    map.on('mousemove', 'county', (e) => this.hover(map, e.features?.[0]?.id));
    map.on('mouseleave', 'county', () => this.hover(map, undefined));
  }

  private hover(map: MapLibre.Map, id: number | string | undefined) {
    if (id === this.hovered) return;
    const layer = {source, sourceLayer: 'county'};
    if (this.hovered !== undefined) map.setFeatureState({...layer, id: this.hovered}, {hover: false});
    if (id !== undefined) map.setFeatureState({...layer, id}, {hover: true});
    this.hovered = id;
  }

  private addHatch() {
    const image = hatch(palette().hatch);
    if (this.map!.hasImage('hatch')) this.map!.updateImage('hatch', image);
    else this.map!.addImage('hatch', image, {pixelRatio: 2});
  }

  /** Changes what depends on the state without loading the style again. */
  private dress() {
    const map = this.map!;
    map.setPaintProperty('prefecture', 'fill-color', tint(palette(), this.tints));
    map.setFilter('chosen-county', isUnit(this.state.unit));
    map.setFilter('chosen-prefecture', isUnit(this.state.unit));
    for (const layer of ['place', 'place-name']) map.setLayoutProperty(layer, 'visibility', this.state.places ? 'visible' : 'none');
    this.mark();
  }

  private mark() {
    this.pin?.remove();
    if (!this.state.here) return;
    const element = document.createElement('div');
    element.className = 'pin';
    this.pin = new this.library!.Marker({element}).setLngLat(this.state.here).addTo(this.map!);
  }

  private dressing(): MapLibre.StyleSpecification {
    return style(palette(), {tiles: this.tileAddress(), tints: this.tints, unit: this.state.unit, places: this.state.places, perhaps: this.texts.perhaps ?? ''});
  }

  private tileAddress(): string {
    const q = new URLSearchParams({datetime: this.epoch});
    const known = this.state.rest.find(([name]) => name === 'recorded-as-of');
    if (known) q.set(...known);
    return `${location.origin}${this.dataset.tiles}/{z}/{x}/{y}.mvt?${q}`;
  }

  private camera(): Camera {
    const {lng, lat} = this.map!.getCenter();
    return {lon: lng, lat, z: this.map!.getZoom()};
  }

  private controlTexts(): Record<string, string> {
    const t = this.texts;
    return {'Map.Title': t.map ?? '', 'NavigationControl.ZoomIn': t.zoomin ?? '', 'NavigationControl.ZoomOut': t.zoomout ?? ''};
  }

  private tell(type: string, detail: unknown) {
    this.dispatchEvent(new CustomEvent(type, {detail}));
  }
}

function corners(bounds: string): [number, number, number, number] | undefined {
  const n = bounds.split(',').map(Number);
  return n.length === 4 && n.every(Number.isFinite) ? (n as [number, number, number, number]) : undefined;
}

function calm(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}
