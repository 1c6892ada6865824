/** The colours of the map, taken from the style sheet, so that page and map agree in both themes. */
export interface Palette {
  void: string;
  /** The names of what lies beyond the border. */
  beyond: string;
  land: string;
  tints: string[];
  chosen: string;
  hatch: string;
  lines: string[];
  /** The band along the outer border, from its edge inwards. */
  bands: string[];
  grid: string;
  halo: string;
  name: string;
  region: string;
  ink: string;
  seal: string;
  water: string;
}

/** Reads the tokens of the style sheet as the theme in force resolves them. */
export function palette(): Palette {
  const probe = document.createElement('span');
  document.body.append(probe);
  const pen = document.createElement('canvas').getContext('2d', {willReadFrequently: true})!;
  // The map library reads no mixed colours, so a pixel is painted and read.
  const token = (name: string) => {
    probe.style.color = `var(--${name})`;
    pen.fillStyle = getComputedStyle(probe).color;
    pen.fillRect(0, 0, 1, 1);
    const [r, g, b] = pen.getImageData(0, 0, 1, 1).data;
    return `rgb(${r}, ${g}, ${b})`;
  };
  const out: Palette = {
    void: token('void'), beyond: token('ink-3'), land: token('land'), chosen: token('chosen'), hatch: token('hatch'),
    tints: [0, 1, 2, 3, 4].map((i) => token(`tint-${i}`)),
    lines: [0, 1, 2, 3].map((i) => token(`line-${i}`)),
    bands: [0, 1, 2].map((i) => token(`band-${i}`)), grid: token('grid'), halo: token('halo'),
    name: token('map-name'), region: token('map-region'), ink: token('ink-2'), seal: token('seal-fill'), water: token('water'),
  };
  probe.remove();
  return out;
}

/** Draws a tile of slanting lines for areas whose holder is not known. It repeats without a seam. */
export function hatch(colour: string, size = 14): ImageData {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = size;
  const pen = canvas.getContext('2d')!;
  pen.strokeStyle = colour;
  pen.lineWidth = size / 10;
  for (const shift of [-size, 0, size]) {
    pen.moveTo(shift - 2, size + 2);
    pen.lineTo(shift + size + 2, -2);
  }
  pen.stroke();
  return pen.getImageData(0, 0, size, size);
}
