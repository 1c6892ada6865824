/** What the address of the map says: the day, what is asked, and the camera. */
export interface State {
  /** The day shown, 2006-01-02; undefined means today. */
  day?: string;
  /** The point asked about, longitude and latitude in degrees. */
  here?: [number, number];
  /** The number of the unit brought forward. */
  unit?: string;
  /** The camera; undefined shows the whole province. */
  camera?: Camera;
  /** Whether places are shown. */
  places: boolean;
  /** Parameters that are not ours to change, such as recorded-as-of. */
  rest: [string, string][];
}

export interface Camera {
  lon: number;
  lat: number;
  z: number;
}

const ours = new Set(['datetime', 'here', 'unit', 'lon', 'lat', 'z', 'places', 'lang']);

/** Reads the state from an address. Parameters that make no sense are left out. */
export function read(url: URL): State {
  const q = url.searchParams;
  const [x, y] = (q.get('here') ?? '').split(',').map(Number);
  const [lon, lat, z] = ['lon', 'lat', 'z'].map((name) => Number.parseFloat(q.get(name) ?? ''));
  return {
    day: q.get('datetime') ?? undefined,
    here: q.has('here') && Number.isFinite(x) && Number.isFinite(y) ? [x!, y!] : undefined,
    unit: q.get('unit') ?? undefined,
    camera: [lon, lat, z].every(Number.isFinite) ? {lon: lon!, lat: lat!, z: z!} : undefined,
    places: q.get('places') === '1',
    rest: [...q].filter(([name]) => !ours.has(name)),
  };
}

/** Writes the state as a query, "?" included; "" for the plain map. */
export function query(s: State): string {
  const q = new URLSearchParams(s.rest);
  if (s.day) q.set('datetime', s.day);
  if (s.here) q.set('here', s.here.map((d) => d.toFixed(5)).join(','));
  if (s.unit) q.set('unit', s.unit);
  if (s.camera) {
    q.set('lat', s.camera.lat.toFixed(4));
    q.set('lon', s.camera.lon.toFixed(4));
    q.set('z', s.camera.z.toFixed(2));
  }
  if (s.places) q.set('places', '1');
  // A comma may stand in a query as it is, and reads better so.
  const text = q.toString().replaceAll('%2C', ',');
  return text ? `?${text}` : '';
}
