import type {ExpressionSpecification, FilterSpecification, GeoJSONSourceSpecification, LayerSpecification, StyleSpecification} from 'maplibre-gl';
import type {Palette} from './palette';

/** The one source of tiles; its layers are those of the tile contract. */
export const source = 'divisions';

// The first name sets the weight; it need not be a family.
const serif = ['bold', 'Songti SC', 'Noto Serif CJK SC', 'Source Han Serif SC', 'STSong', 'SimSun', 'serif'];
const sans = ['PingFang SC', 'Noto Sans CJK SC', 'Source Han Sans SC', 'Microsoft YaHei', 'sans-serif'];

/** What of the style depends on the day and on what is asked. */
export interface Shown {
  tiles: string;
  /** The tint of each prefecture, by its number. */
  tints: Record<string, number>;
  unit?: string;
  places: boolean;
  /** What is said before the units one of which held an area. */
  perhaps: string;
}

/** The style of the map. There are no glyphs: text is drawn with the fonts of the reader's system. */
export function style(p: Palette, shown: Shown): StyleSpecification {
  return {
    version: 8,
    sources: {
      [source]: {type: 'vector', tiles: [shown.tiles], minzoom: 0, maxzoom: 12},
      graticule: {type: 'geojson', data: graticule()},
    },
    layers: [...ground(p, shown), ...borders(p), ...names(p, shown.perhaps), ...places(p, shown.places)],
  };
}

function ground(p: Palette, shown: Shown): LayerSpecification[] {
  return [
    {id: 'void', type: 'background', paint: {'background-color': p.void}},
    {id: 'graticule', type: 'line', source: 'graticule', paint: {'line-color': p.grid, 'line-width': 0.6}},
    {id: 'province', type: 'fill', source, 'source-layer': 'province', paint: {'fill-color': p.land, 'fill-antialias': false}},
    {id: 'prefecture', type: 'fill', source, 'source-layer': 'prefecture', paint: {'fill-color': tint(p, shown.tints), 'fill-antialias': false}},
    {
      id: 'county', type: 'fill', source, 'source-layer': 'county',
      paint: {'fill-color': p.chosen, 'fill-antialias': false, 'fill-opacity': ['case', ['boolean', ['feature-state', 'hover'], false], 0.28, 0]},
    },
    {id: 'chosen-prefecture', type: 'fill', source, 'source-layer': 'prefecture', filter: isUnit(shown.unit), paint: {'fill-color': p.chosen, 'fill-opacity': 0.75}},
    {id: 'chosen-county', type: 'fill', source, 'source-layer': 'county', filter: isUnit(shown.unit), paint: {'fill-color': p.chosen, 'fill-opacity': 0.85}},
    {id: 'unrefined', type: 'fill', source, 'source-layer': 'unrefined', paint: {'fill-pattern': 'hatch', 'fill-opacity': 0.85}},
  ];
}

/** Gives each prefecture its tint, and the land's colour to one that has none. */
export function tint(p: Palette, tints: Record<string, number>): ExpressionSpecification | string {
  const pairs = Object.entries(tints).flatMap(([id, n]) => [Number(id), p.tints[n]!]);
  return pairs.length ? (['match', ['id'], ...pairs, p.land] as unknown as ExpressionSpecification) : p.land;
}

export function isUnit(unit: string | undefined): FilterSpecification {
  return ['==', ['id'], Number(unit ?? -1)];
}

/** Widths grow gently: the numbers are pixels at zoom 5 and at zoom 11. */
function width(at5: number, at11: number): ExpressionSpecification {
  return ['interpolate', ['linear'], ['zoom'], 5, at5, 11, at11];
}

/** Borders by rank, after the national convention: 国界、省级界、地级界、县级界、乡级界. */
function borders(p: Palette): LayerSpecification[] {
  const rank = (n: number, at5: number, at11: number, dash: number[]): LayerSpecification => ({
    id: `boundary-${n}`, type: 'line', source, 'source-layer': 'boundary', filter: ['==', ['get', 'rank'], n],
    layout: {'line-join': 'round'},
    paint: {'line-color': p.lines[n]!, 'line-width': width(at5, at11), 'line-dasharray': dash, 'line-opacity': ['case', ['==', ['get', 'uncertain'], true], 0.35, 1]},
  });
  return [
    {
      id: 'band', type: 'line', source, 'source-layer': 'boundary', filter: ['<=', ['get', 'rank'], 1],
      layout: {'line-join': 'round', 'line-cap': 'round'},
      paint: {'line-color': p.band, 'line-opacity': 0.18, 'line-width': width(7, 18)},
    },
    rank(4, 0.5, 1.1, [2, 2]),
    rank(3, 0.8, 1.5, [4, 2.2]),
    rank(2, 1.2, 2.2, [6, 2, 1.1, 2]),
    rank(1, 1.7, 3, [6, 1.7, 1.1, 1.7, 1.1, 1.7]),
    rank(0, 2.1, 3.6, [5.5, 1.6, 1.2, 1.6]),
  ];
}

function names(p: Palette, perhaps: string): LayerSpecification[] {
  const halo = {'text-halo-color': p.halo, 'text-halo-width': 1.4};
  return [
    {
      id: 'township-name', type: 'symbol', source, 'source-layer': 'label', minzoom: 9, filter: ['==', ['get', 'level'], 4],
      layout: {'text-field': ['get', 'name'], 'text-font': sans, 'text-size': width(9, 12), 'text-max-width': 7, 'text-padding': 1},
      paint: {...halo, 'text-color': p.region},
    },
    {
      id: 'county-name', type: 'symbol', source, 'source-layer': 'label', minzoom: 5.6, filter: ['all', ['==', ['get', 'level'], 3], ['==', ['get', 'known'], true]],
      layout: {
        'text-field': ['get', 'name'], 'text-font': sans, 'text-size': width(11, 16), 'text-max-width': 7, 'text-padding': 1,
        'text-variable-anchor': ['center', 'top', 'bottom', 'left', 'right'], 'text-radial-offset': 0.35,
      },
      paint: {...halo, 'text-color': p.region},
    },
    {
      id: 'unknown-name', type: 'symbol', source, 'source-layer': 'label', minzoom: 6.2, filter: ['==', ['get', 'known'], false],
      layout: {'text-field': ['concat', perhaps, ['get', 'name']], 'text-font': sans, 'text-size': 10.5, 'text-max-width': 11},
      paint: {...halo, 'text-color': p.ink},
    },
    {
      id: 'prefecture-name', type: 'symbol', source, 'source-layer': 'label', maxzoom: 10, filter: ['==', ['get', 'level'], 2],
      layout: {
        'text-field': ['get', 'name'], 'text-font': serif, 'text-size': width(13, 24), 'text-letter-spacing': 0.12, 'text-max-width': 12,
        'text-variable-anchor': ['center', 'top', 'bottom', 'left', 'right'], 'text-radial-offset': 0.5,
      },
      paint: {...halo, 'text-color': p.name, 'text-halo-width': 1.8},
    },
    {
      id: 'province-name', type: 'symbol', source, 'source-layer': 'label', maxzoom: 5, filter: ['==', ['get', 'level'], 1],
      layout: {'text-field': ['get', 'name'], 'text-font': serif, 'text-size': 17, 'text-letter-spacing': 0.3},
      paint: {...halo, 'text-color': p.name},
    },
  ];
}

function places(p: Palette, shown: boolean): LayerSpecification[] {
  const visibility = shown ? 'visible' : 'none';
  return [
    {id: 'place', type: 'circle', source, 'source-layer': 'place', layout: {visibility}, paint: {'circle-radius': 2.6, 'circle-color': p.halo, 'circle-stroke-color': p.ink, 'circle-stroke-width': 1.2}},
    {
      id: 'place-name', type: 'symbol', source, 'source-layer': 'place', minzoom: 6.5,
      layout: {visibility, 'text-field': ['case', ['!=', ['coalesce', ['get', 'name'], ''], ''], ['get', 'name'], ['coalesce', ['get', 'roman'], '']], 'text-font': sans, 'text-size': 11, 'text-anchor': 'left', 'text-offset': [0.6, 0]},
      paint: {'text-color': p.ink, 'text-halo-color': p.halo, 'text-halo-width': 1.2},
    },
  ];
}

/** Every meridian and parallel of a whole degree around China. */
function graticule(): GeoJSONSourceSpecification['data'] {
  const lines: [number, number][][] = [];
  for (let lon = 70; lon <= 140; lon++) lines.push([[lon, 15], [lon, 56]]);
  for (let lat = 15; lat <= 56; lat++) lines.push([[70, lat], [140, lat]]);
  return {type: 'Feature', properties: {}, geometry: {type: 'MultiLineString', coordinates: lines}};
}
