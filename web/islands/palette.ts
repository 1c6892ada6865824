/** The colours of the map, taken from the style sheet, so that page and map agree in both themes. */
export interface Palette {
  void: string;
  land: string;
  tints: string[];
  chosen: string;
  hatch: string;
  lines: string[];
  band: string;
  grid: string;
  halo: string;
  name: string;
  region: string;
  ink: string;
  seal: string;
}

/** Reads the tokens of the style sheet as the theme in force resolves them. */
export function palette(): Palette {
  const probe = document.createElement('span');
  document.body.append(probe);
  const token = (name: string) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const out: Palette = {
    void: token('void'), land: token('land'), chosen: token('chosen'), hatch: token('hatch'),
    tints: [0, 1, 2, 3, 4].map((i) => token(`tint-${i}`)),
    lines: [0, 1, 2, 3, 4].map((i) => token(`line-${i}`)),
    band: token('band'), grid: token('grid'), halo: token('halo'),
    name: token('map-name'), region: token('map-region'), ink: token('ink-2'), seal: token('seal-fill'),
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
