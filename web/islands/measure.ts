import type {GeoJSONSource} from 'maplibre-gl';
import type {BoundaryMap} from './boundary-map';
import {area, length} from './geodesy';
import {palette} from './palette';
import {element, texts} from './texts';

type Point = [number, number];
type Shapes = Exclude<Parameters<GeoJSONSource['setData']>[0], string>;

/** Measures a line, and from three points on the area it would close, on the ellipsoid. */
export class Measure {
  on = false;
  private points: Point[] = [];
  private readonly gauge = element('div', 'gauge');
  private readonly line = element('output', '');

  constructor(private readonly map: BoundaryMap) {
    this.gauge.append(this.line, this.button(texts.undo!, () => this.undo()), this.button(texts.restart!, () => this.restart()), this.button(texts.finish!, () => this.toggle()));
  }

  toggle() {
    this.on = !this.on;
    document.querySelector('.tools [data-do=measure]')!.ariaPressed = String(this.on);
    this.map.taken = this.on ? (at) => this.add(at) : undefined;
    this.map.classList.toggle('measuring', this.on);
    this.map.map![this.on ? 'on' : 'off']('style.load', this.draw);
    this.map.map!.doubleClickZoom[this.on ? 'disable' : 'enable']();
    if (this.on) this.map.append(this.gauge);
    else this.gauge.remove();
    this.restart();
  }

  /** Adds a point; without one, the centre of the map, for readers who use the keyboard. */
  add(at: Point = this.map.map!.getCenter().toArray() as Point) {
    this.points.push(at);
    this.draw();
  }

  undo() {
    this.points.pop();
    this.draw();
  }

  private restart() {
    this.points = [];
    this.draw();
  }

  private readonly draw = () => {
    const live = this.map.map!;
    this.line.textContent = this.reading();
    const shape = this.points.map((p) => ({type: 'Feature', properties: {}, geometry: {type: 'Point', coordinates: p}}));
    const path = (coordinates: Point[], properties: object) => ({type: 'Feature', properties, geometry: {type: 'LineString', coordinates}});
    const closing = this.points.length > 2 ? [path([this.points.at(-1)!, this.points[0]!], {closing: true})] : [];
    const ring = this.points.length > 2 ? [{type: 'Feature', properties: {}, geometry: {type: 'Polygon', coordinates: [[...this.points, this.points[0]!]]}}] : [];
    const data = {type: 'FeatureCollection', features: [...ring, ...(this.points.length > 1 ? [path(this.points, {})] : []), ...closing, ...shape]} as unknown as Shapes;
    const source = live.getSource<GeoJSONSource>('measure');
    if (source) source.setData(data);
    else if (this.on) this.lay(data);
  };

  private lay(data: Shapes) {
    const live = this.map.map!;
    const {seal, halo} = palette();
    live.addSource('measure', {type: 'geojson', data});
    live.addLayer({id: 'measure-area', type: 'fill', source: 'measure', filter: ['==', ['geometry-type'], 'Polygon'], paint: {'fill-color': seal, 'fill-opacity': 0.12}});
    live.addLayer({id: 'measure-line', type: 'line', source: 'measure', filter: ['all', ['==', ['geometry-type'], 'LineString'], ['!', ['has', 'closing']]], paint: {'line-color': seal, 'line-width': 2.2}});
    live.addLayer({id: 'measure-closing', type: 'line', source: 'measure', filter: ['has', 'closing'], paint: {'line-color': seal, 'line-width': 1.4, 'line-dasharray': [2, 2]}});
    live.addLayer({id: 'measure-point', type: 'circle', source: 'measure', filter: ['==', ['geometry-type'], 'Point'], paint: {'circle-radius': 4, 'circle-color': halo, 'circle-stroke-color': seal, 'circle-stroke-width': 2}});
  }

  private reading(): string {
    if (this.points.length < 2) return texts.measurehint!;
    const out = [`${texts.length} ${metres(length(this.points))}`];
    if (this.points.length > 2) {
      out.push(`${texts.area} ${squareMetres(area(this.points))}`, `${texts.perimeter} ${metres(length([...this.points, this.points[0]!]))}`);
    }
    return out.join(' · ');
  }

  private button(label: string, act: () => void): HTMLButtonElement {
    const out = element('button', '', label);
    out.type = 'button';
    out.addEventListener('click', act);
    return out;
  }
}

function figure(n: number): string {
  return n.toLocaleString('en', {maximumFractionDigits: n >= 1000 ? 0 : n >= 10 ? 1 : 2});
}

function metres(m: number): string {
  return m < 1000 ? `${figure(m)} m` : `${figure(m / 1e3)} km`;
}

function squareMetres(m2: number): string {
  return m2 < 1e4 ? `${figure(m2)} m²` : `${figure(m2 / 1e6)} km²`;
}
