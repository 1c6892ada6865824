/** What the address of the map says: the day, what is asked, and the camera. */
export interface State {
  /** The day shown, 2006-01-02; undefined means today. */
  day?: string;
  /** How another day is compared with it; undefined if none is. */
  compare?: Compare;
  /** That other day. */
  other?: string;
  /** The point asked about, longitude and latitude in degrees. */
  here?: [number, number];
  /** The number of the unit brought forward. */
  unit?: string;
  /** The camera; undefined shows the whole province. */
  camera?: Camera;
  /** The layers shown, besides the borders. */
  layers: Layer[];
  /** Parameters that are not ours to change, such as recorded-as-of. */
  rest: [string, string][];
}

export type Compare = 'swipe' | 'blink';

export interface Camera {
  lon: number;
  lat: number;
  z: number;
}

export const allLayers = ['fill', 'hatch', 'label', 'roman', 'place'] as const;
export type Layer = (typeof allLayers)[number];
/** What shows if the address says nothing: with pinyin, for readers of English. */
export const usual: Layer[] = document.documentElement.lang === 'en' ? ['fill', 'hatch', 'label', 'roman'] : ['fill', 'hatch', 'label'];

const ours = new Set(['datetime', 'compare', 't2', 'here', 'unit', 'layers', 'lang']);
const aDay = /^\d{4}-\d\d-\d\d$/;

/** Reads the state from an address. Parameters that make no sense are left out. */
export function read(url: URL): State {
  const q = url.searchParams;
  const [x, y] = (q.get('here') ?? '').split(',').map(Number);
  const [z, lat, lon] = (/^#m=([^&]+)/.exec(url.hash)?.[1] ?? '').split('/').map(Number.parseFloat);
  const layers = q.get('layers')?.split(',');
  const other = aDay.exec(q.get('t2') ?? '')?.[0];
  return {
    day: q.get('datetime') ?? undefined,
    compare: other ? (q.get('compare') === 'blink' ? 'blink' : 'swipe') : undefined,
    other,
    here: q.has('here') && Number.isFinite(x) && Number.isFinite(y) ? [x!, y!] : undefined,
    unit: q.get('unit') ?? undefined,
    camera: [lon, lat, z].every(Number.isFinite) && Math.abs(lat!) < 85 ? {lon: lon!, lat: lat!, z: z!} : undefined,
    layers: layers ? allLayers.filter((l) => layers.includes(l)) : usual,
    rest: [...q].filter(([name]) => !ours.has(name)),
  };
}

/** Writes what the server must know as a query, "?" included; "" for the plain map. */
export function query(s: State): string {
  const q = new URLSearchParams(s.rest);
  if (s.day) q.set('datetime', s.day);
  if (s.here) q.set('here', s.here.map((d) => d.toFixed(5)).join(','));
  if (s.unit) q.set('unit', s.unit);
  if (s.compare && s.other) {
    q.set('compare', s.compare);
    q.set('t2', s.other);
  }
  if (s.layers.join() !== usual.join()) q.set('layers', s.layers.join());
  // A comma may stand in a query as it is, and reads better so.
  const text = q.toString().replaceAll('%2C', ',');
  return text ? `?${text}` : '';
}

/** Writes the camera as zoom/latitude/longitude, as in other maps' addresses; "" for none. */
export function view(c: Camera | undefined): string {
  return c ? `${c.z.toFixed(2)}/${c.lat.toFixed(4)}/${c.lon.toFixed(4)}` : '';
}

/** Writes the whole address of a state, the camera in its fragment. */
export function address(s: State, path = '/'): string {
  return path + query(s) + (s.camera ? `#m=${view(s.camera)}` : '');
}
