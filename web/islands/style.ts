import type {DataDrivenPropertyValueSpecification, ExpressionSpecification, FilterSpecification, GeoJSONSourceSpecification, LayerSpecification, Map as LiveMap, StyleSpecification, VariableAnchorOffsetCollectionSpecification} from 'maplibre-gl';
import type {Palette} from './palette';
import type {Layer} from './state';

/** The one source of tiles; its layers are those of the tile contract. */
export const source = 'divisions';

// The first name sets the weight; it need not be a family.
const serif = ['bold', 'Songti SC', 'Noto Serif CJK SC', 'Source Han Serif SC', 'STSong', 'SimSun', 'serif'];
const sans = ['PingFang SC', 'Noto Sans CJK SC', 'Source Han Sans SC', 'Microsoft YaHei', 'sans-serif'];

/** What of the style depends on the day and on what is asked. */
export interface Look {
  tiles: string;
  /** The tint of each prefecture, by its number. */
  tints: Record<string, number>;
  unit?: string;
  /** The units that changed on the day. */
  touched: number[];
  layers: Layer[];
  /** The names beyond the border. */
  neighbours: {name: string; at: [number, number]}[];
  /** What is said before the units one of which held an area. */
  perhaps: string;
}

/** The style of the map. There are no glyphs: text is drawn with the fonts of the reader's system. */
export function style(p: Palette, look: Look): StyleSpecification {
  return {
    version: 8,
    sources: {
      [source]: {type: 'vector', tiles: [look.tiles], minzoom: 0, maxzoom: 12},
      graticule: {type: 'geojson', data: graticule()},
      neighbours: {type: 'geojson', data: points(look.neighbours)},
    },
    layers: [...ground(p), ...borders(p), ...places(p), ...names(p)].map((layer) => dressed(layer, p, look)),
  };
}

/** The layers of the style that each switch shows. */
const switched: Record<string, Layer> = {
  prefecture: 'fill', unrefined: 'hatch', 'unknown-name': 'hatch', 'neighbour-name': 'label', 'township-name': 'label', collapsed: 'label', 'county-name': 'label', 'prefecture-name': 'label', 'province-name': 'label',
  place: 'place', 'place-name': 'place',
};

/** The properties of layers that depend on the look, as layer, group, name and value. */
function* changing(p: Palette, look: Look): Generator<[string, 'paint' | 'layout' | 'filter', string, unknown]> {
  yield ['prefecture', 'paint', 'fill-color', tint(p, look.tints)];
  for (const level of ['township', 'county', 'prefecture']) {
    yield [`chosen-${level}`, 'filter', '', ['==', ['id'], Number(look.unit ?? -1)]];
    yield [`chosen-${level}-line`, 'filter', '', ['==', ['id'], Number(look.unit ?? -1)]];
  }
  yield ['touched', 'filter', '', ['in', ['id'], ['literal', look.touched]]];
  yield ['unknown-name', 'layout', 'text-field', ['concat', look.perhaps, ['get', 'name']]];
  const roman = look.layers.includes('roman');
  for (const level of ['township', 'county', 'prefecture', 'province']) yield [`${level}-name`, 'layout', 'text-field', written(roman)];
  for (const [level, reach] of [['township', 0.35], ['county', 0.35], ['prefecture', 0.7]] as const) yield [`${level}-name`, 'layout', 'text-variable-anchor-offset', near(reach, roman)];
  yield ['prefecture-name', 'layout', 'text-letter-spacing', roman ? 0.04 : 0.16];
  for (const [id, layer] of Object.entries(switched)) yield [id, 'layout', 'visibility', look.layers.includes(layer) ? 'visible' : 'none'];
}

/** Changes a live map to another look without loading its style again. */
export function paint(map: LiveMap, p: Palette, look: Look) {
  for (const [id, group, name, value] of changing(p, look)) {
    if (group === 'filter') map.setFilter(id, value as FilterSpecification);
    else if (group === 'paint') map.setPaintProperty(id, name as 'fill-color', value as string);
    else map.setLayoutProperty(id, name as 'visibility', value as 'none');
  }
}

function dressed(layer: LayerSpecification, p: Palette, look: Look): LayerSpecification {
  const out = layer as unknown as Record<string, Record<string, unknown> | unknown>;
  for (const [id, group, name, value] of changing(p, look)) {
    if (id !== layer.id) continue;
    if (group === 'filter') out.filter = value;
    else out[group] = {...(out[group] as object), [name]: value};
  }
  return layer;
}

/**
 * How far a name may give way to others, in units of its size: not so far that it
 * stands on the unit beside. With its reading it is wide, and goes up or down only.
 */
function near(reach: number, roman: boolean): VariableAnchorOffsetCollectionSpecification {
  if (roman) return ['center', [0, 0], 'top', [0, -0.5], 'bottom', [0, 0.5]];
  return ['center', [0, 0], 'top', [0, reach - 0.5], 'bottom', [0, 0.5 - reach], 'left', [reach - 1.5, 0], 'right', [1.5 - reach, 0]];
}

/** A name, with its reading below it if that is wanted and known. */
function written(roman: boolean): ExpressionSpecification | string[] {
  if (!roman) return ['get', 'name'];
  const reading = ['case', ['has', 'roman'], ['concat', '\n', ['get', 'roman']], ''];
  return ['format', ['get', 'name'], {}, reading, {'font-scale': 0.74, 'text-font': ['literal', sans]}] as unknown as ExpressionSpecification;
}

function ground(p: Palette): LayerSpecification[] {
  const fill = (id: string, layer: string, paint: object): LayerSpecification => ({id, type: 'fill', source, 'source-layer': layer, paint});
  const outline = (level: string): LayerSpecification => ({
    id: `chosen-${level}-line`, type: 'line', source, 'source-layer': level, layout: {'line-join': 'round'}, paint: {'line-color': p.seal, 'line-width': 2},
  });
  return [
    {id: 'void', type: 'background', paint: {'background-color': p.void}},
    {id: 'graticule', type: 'line', source: 'graticule', paint: {'line-color': p.grid, 'line-width': 0.6}},
    // Only the outer half of these bands is seen: the areas cover the other one. Their
    // colours are opaque, because a line that is not shows where it crosses itself.
    ...p.bands.map((colour, i): LayerSpecification => ({
      id: `band-${i}`, type: 'line', source, 'source-layer': 'boundary', filter: ['<=', ['get', 'rank'], 1], layout: {'line-join': 'round', 'line-cap': 'round'},
      paint: {'line-color': colour, 'line-width': width(15 - 5 * i, 30 - 10 * i)},
    })),
    fill('province', 'province', {'fill-color': p.land, 'fill-antialias': false}),
    fill('prefecture', 'prefecture', {'fill-antialias': false}),
    ...['county', 'township'].map((level) =>
      fill(level, level, {'fill-color': p.chosen, 'fill-antialias': false, 'fill-opacity': ['case', ['boolean', ['feature-state', 'hover'], false], 0.25, 0]})),
    fill('touched', 'county', {'fill-color': p.chosen, 'fill-opacity': 0.5}),
    fill('chosen-prefecture', 'prefecture', {'fill-color': p.chosen, 'fill-opacity': 0.55}),
    fill('chosen-county', 'county', {'fill-color': p.chosen, 'fill-opacity': 0.75}),
    fill('chosen-township', 'township', {'fill-color': p.chosen, 'fill-opacity': 0.75}),
    fill('unrefined', 'unrefined', {'fill-pattern': 'hatch', 'fill-opacity': 0.8}),
    outline('prefecture'), outline('county'), outline('township'),
  ];
}

/** Gives each prefecture its tint, and the land's colour to one that has none. */
function tint(p: Palette, tints: Record<string, number>): DataDrivenPropertyValueSpecification<string> {
  const pairs = Object.entries(tints).flatMap(([id, n]) => [Number(id), p.tints[n]!]);
  return pairs.length ? (['match', ['id'], ...pairs, p.land] as unknown as ExpressionSpecification) : p.land;
}

/** Widths grow gently: the numbers are pixels at zoom 5 and at zoom 11. */
function width(at5: number, at11: number): ExpressionSpecification {
  return ['interpolate', ['linear'], ['zoom'], 5, at5, 11, at11];
}

/** Borders by rank, after the national convention: 国界、省级界、地级界、县级界、乡级界. */
function borders(p: Palette): LayerSpecification[] {
  const line = (id: string, filter: unknown, colour: string, at5: number, at11: number, dash: number[]): LayerSpecification => ({
    id, type: 'line', source, 'source-layer': 'boundary', filter: filter as FilterSpecification, layout: {'line-join': 'round'},
    paint: {'line-color': colour, 'line-width': width(at5, at11), 'line-dasharray': dash},
  });
  const certain = ['!=', ['get', 'uncertain'], true];
  const rank = (n: number, at5: number, at11: number, dash: number[]) =>
    line(`boundary-${n}`, ['all', ['==', ['get', 'rank'], n], certain], p.lines[Math.min(n, 3)]!, at5, at11, dash);
  return [
    rank(4, 0.6, 1.1, [1, 2.2]),
    line('boundary-uncertain', ['==', ['get', 'uncertain'], true], p.hatch, 0.9, 1.6, [1, 1.6]),
    rank(3, 0.7, 1.5, [4.5, 2.2]),
    rank(2, 1.15, 2.2, [7, 2.2, 1.2, 2.2]),
    rank(1, 1.5, 3, [7, 1.8, 1.1, 1.8, 1.1, 1.8]),
    rank(0, 1.9, 3.6, [7, 1.8, 1.2, 1.8]),
  ];
}

function names(p: Palette): LayerSpecification[] {
  const halo = {'text-halo-color': p.halo, 'text-halo-width': 1.4, 'text-halo-blur': 0.3};
  const label = (id: string, filter: unknown, zooms: object, layout: object, paint: object): LayerSpecification => ({
    id, type: 'symbol', source, 'source-layer': 'label', filter: filter as FilterSpecification, ...zooms, layout, paint: {...halo, ...paint},
  });
  const level = (n: number) => ['==', ['get', 'level'], n];
  return [
    {
      id: 'neighbour-name', type: 'symbol', source: 'neighbours', maxzoom: 8.5,
      layout: {'text-field': ['get', 'name'], 'text-font': serif.slice(1), 'text-size': width(12.5, 20), 'text-letter-spacing': 0.4, 'text-max-width': 16},
      paint: {'text-color': p.beyond, 'text-halo-color': p.void, 'text-halo-width': 1.2},
    },
    // A unit too small to be drawn at this zoom is a dot, so that none is lost.
    {id: 'collapsed', type: 'circle', source, 'source-layer': 'label', filter: ['==', ['get', 'collapsed'], true], paint: {'circle-radius': 2, 'circle-color': p.region, 'circle-stroke-color': p.halo, 'circle-stroke-width': 1}},
    label('township-name', level(4), {minzoom: 9.2}, {'text-font': sans, 'text-size': width(9.5, 12), 'text-line-height': 1.15, 'text-max-width': 7, 'text-padding': 3}, {'text-color': p.region}),
    label('unknown-name', ['==', ['get', 'known'], false], {minzoom: 6.2}, {'text-font': sans, 'text-size': width(10, 12.5), 'text-max-width': 11}, {'text-color': p.ink}),
    label('county-name', ['all', level(3), ['==', ['get', 'known'], true]], {minzoom: 5.6},
      {'text-font': sans, 'text-size': width(10.5, 17), 'text-line-height': 1.15, 'text-letter-spacing': 0.03, 'text-max-width': 7, 'text-padding': 2, 'symbol-sort-key': ['to-number', ['get', 'code'], 0]},
      {'text-color': p.region}),
    label('prefecture-name', level(2), {maxzoom: 10.5},
      {'text-font': serif, 'text-size': width(12, 26), 'text-line-height': 1.15, 'text-max-width': 12, 'text-padding': 1},
      {'text-color': p.name, 'text-halo-width': 1.8}),
    label('province-name', level(1), {maxzoom: 3.9}, {'text-font': serif, 'text-size': 17, 'text-letter-spacing': 0.3}, {'text-color': p.name}),
  ];
}

/** Places: a ring for the works of people, a filled dot for nature. */
function places(p: Palette): LayerSpecification[] {
  const natural: ExpressionSpecification = ['==', ['get', 'category'], 'NATURAL'];
  const name = ['case', ['!=', ['coalesce', ['get', 'name'], ''], ''], ['get', 'name'], ['coalesce', ['get', 'roman'], '']];
  return [
    {id: 'place', type: 'circle', source, 'source-layer': 'place', paint: {'circle-radius': width(1.6, 3.4), 'circle-color': ['case', natural, p.water, p.halo], 'circle-stroke-color': ['case', natural, p.halo, p.ink], 'circle-stroke-width': 1.1}},
    {
      id: 'place-name', type: 'symbol', source, 'source-layer': 'place', minzoom: 7.5,
      layout: {'text-field': name as unknown as ExpressionSpecification, 'text-font': sans, 'text-size': width(9.5, 12), 'text-anchor': 'left', 'text-offset': [0.6, 0], 'text-padding': 4, 'text-optional': true},
      paint: {'text-color': ['case', natural, p.water, p.ink], 'text-halo-color': p.halo, 'text-halo-width': 1.2},
    },
  ];
}

function points(names: Look['neighbours']): GeoJSONSourceSpecification['data'] {
  return {type: 'FeatureCollection', features: names.map(({name, at}) => ({type: 'Feature', properties: {name}, geometry: {type: 'Point', coordinates: at}}))};
}

/** Every meridian and parallel of a whole degree around China. */
function graticule(): GeoJSONSourceSpecification['data'] {
  const lines: [number, number][][] = [];
  for (let lon = 70; lon <= 140; lon++) lines.push([[lon, 15], [lon, 56]]);
  for (let lat = 15; lat <= 56; lat++) lines.push([[70, lat], [140, lat]]);
  return {type: 'Feature', properties: {}, geometry: {type: 'MultiLineString', coordinates: lines}};
}
