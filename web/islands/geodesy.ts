// Lengths and areas on the CGCS2000 ellipsoid, by the formulas of the server's
// package geo/measure. Points are longitude and latitude in degrees.
type Point = readonly [number, number];

const major = 6378137; // metres
const flattening = 1 / 298.257222101;
const minor = major * (1 - flattening);
const e2 = flattening * (2 - flattening);
const rad = Math.PI / 180;

/** The geodesic distance in metres (Vincenty, Survey Review 23, 1975). NaN for nearly antipodal points. */
export function distance(p: Point, q: Point): number {
  if (p[0] === q[0] && p[1] === q[1]) return 0;
  const dLon = (q[0] - p[0]) * rad;
  const [s1, c1] = reduced(p[1]);
  const [s2, c2] = reduced(q[1]);
  let lambda = dLon;
  for (let i = 0; i < 100; i++) {
    const sin = Math.sin(lambda);
    const cos = Math.cos(lambda);
    const sinSigma = Math.hypot(c2 * sin, c1 * s2 - s1 * c2 * cos);
    if (sinSigma === 0) return 0;
    const cosSigma = s1 * s2 + c1 * c2 * cos;
    const sigma = Math.atan2(sinSigma, cosSigma);
    const sinAlpha = (c1 * c2 * sin) / sinSigma;
    const cos2 = 1 - sinAlpha * sinAlpha;
    const mid = cos2 > 0 ? cosSigma - (2 * s1 * s2) / cos2 : 0;
    const c = (flattening / 16) * cos2 * (4 + flattening * (4 - 3 * cos2));
    const next = dLon + (1 - c) * flattening * sinAlpha * (sigma + c * sinSigma * (mid + c * cosSigma * (2 * mid * mid - 1)));
    if (Math.abs(next - lambda) < 1e-13) return along(sigma, sinSigma, cosSigma, cos2, mid);
    lambda = next;
  }
  return Number.NaN;
}

function reduced(lat: number): [sin: number, cos: number] {
  const s = Math.sin(lat * rad) * (1 - flattening);
  const c = Math.cos(lat * rad);
  const h = Math.hypot(s, c);
  return [s / h, c / h];
}

/** The length of an arc of the auxiliary sphere, on the ellipsoid. */
function along(sigma: number, sin: number, cos: number, cos2: number, mid: number): number {
  const u = (cos2 * (major * major - minor * minor)) / (minor * minor);
  const a = 1 + (u / 16384) * (4096 + u * (u * (320 - 175 * u) - 768));
  const b = (u / 1024) * (256 + u * (u * (74 - 47 * u) - 128));
  const m2 = 2 * mid * mid - 1;
  const delta = b * sin * (mid + (b / 4) * (cos * m2 - (b / 6) * mid * (4 * sin * sin - 3) * (4 * mid * mid - 3)));
  return minor * a * (sigma - delta);
}

/** The length of a line in metres, along geodesics from point to point. */
export function length(line: readonly Point[]): number {
  return line.slice(1).reduce((sum, p, i) => sum + distance(line[i]!, p), 0);
}

// F(φ), the area in m² per radian of longitude from the equator to φ, as the
// coefficients of sin φ, sin 3φ, …
const zone = Array<number>(7).fill(0);
for (let j = 0; j < 7; j++) {
  let term = (major * major * (1 - e2) * (j + 1) * (e2 / 4) ** j) / (2 * j + 1);
  for (let k = 0; k <= j; k++, term = -term) zone[k]! += term * binomial(2 * j + 1, j - k);
}

function binomial(n: number, k: number): number {
  let b = 1;
  for (let i = 1; i <= k; i++) b = (b * (n - k + i)) / i;
  return b;
}

/** The area in m² inside a ring whose edges are straight in longitude and latitude, whichever way it runs. */
export function area(ring: readonly Point[]): number {
  let sum = 0;
  let prev = ring.at(-1);
  for (const p of ring) {
    sum += (p[0] - prev![0]) * rad * meanZone(prev![1] * rad, p[1] * rad);
    prev = p;
  }
  return Math.abs(sum);
}

/** The mean of F between two latitudes. */
function meanZone(a: number, b: number): number {
  return zone.reduce((sum, c, k) => {
    const m = 2 * k + 1;
    return sum + c * Math.sin((m * (a + b)) / 2) * sinc((m * (b - a)) / 2);
  }, 0);
}

function sinc(x: number): number {
  return Math.abs(x) < 1e-4 ? 1 - (x * x) / 6 : Math.sin(x) / x;
}
