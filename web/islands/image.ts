import type {BoundaryMap} from './boundary-map';
import {palette} from './palette';

const margin = 28;
const scale = 2; // of the image to the page: sharp when printed small

/** Draws the map as it stands, with title, key, scale and the notes every map must carry, and hands it over as a PNG. */
export async function saveImage(map: BoundaryMap, title: string, name: string): Promise<void> {
  const charts = [map.chart!, ...(map.other ? [map.other] : [])];
  const before = charts.map((chart) => chart.map.getPixelRatio());
  charts.forEach((chart) => chart.map.setPixelRatio(scale));
  try {
    await Promise.all(charts.map((chart) => new Promise((drawn) => chart.map.once('idle', drawn).triggerRepaint())));
    const canvas = compose(map, title);
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'));
    if (!blob) throw new Error('no image');
    const link = Object.assign(document.createElement('a'), {href: URL.createObjectURL(blob), download: name});
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  } finally {
    charts.forEach((chart, i) => chart.map.setPixelRatio(before[i]!));
  }
}

function compose(map: BoundaryMap, title: string): HTMLCanvasElement {
  const {clientWidth: w, clientHeight: h} = map;
  const notes = [...document.querySelectorAll<HTMLElement>('.foot-notes .colophon span, .foot-notes .carried:not([hidden])')].map((n) => n.textContent!.trim());
  const canvas = document.createElement('canvas');
  const pen = canvas.getContext('2d')!;
  const font = getComputedStyle(document.body).fontFamily;
  pen.font = `12px ${font}`;
  const lines = wrapped(pen, notes, w);
  const top = 64;
  canvas.width = (w + 2 * margin) * scale;
  canvas.height = (h + top + lines.length * 19 + 24) * scale;
  pen.scale(scale, scale);
  const {halo, ink, name} = palette();
  pen.fillStyle = halo;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = name;
  pen.font = `600 26px ${getComputedStyle(document.querySelector('h1')!).fontFamily}`;
  pen.fillText(title, margin, 44);
  pen.translate(margin, top);
  drawMaps(map, pen, w, h);
  drawLegend(pen, font, h);
  drawScale(map, pen, font, w, h);
  const stamp = map.querySelector<HTMLElement>('.stamp')?.textContent;
  if (stamp) drawStamp(pen, stamp, font);
  pen.strokeStyle = pen.fillStyle = ink;
  pen.lineWidth = 1;
  pen.strokeRect(0, 0, w, h);
  pen.font = `12px ${font}`;
  lines.forEach((line, i) => pen.fillText(line, 0, h + 22 + i * 19));
  return canvas;
}

/** The notes in as many lines as they need. */
function wrapped(pen: CanvasRenderingContext2D, notes: string[], width: number): string[] {
  const out: string[] = [''];
  for (const note of notes) {
    const longer = out.at(-1) ? `${out.at(-1)} · ${note}` : note;
    if (pen.measureText(longer).width > width && out.at(-1)) out.push(note);
    else out[out.length - 1] = longer;
  }
  return out;
}

function drawMaps(map: BoundaryMap, pen: CanvasRenderingContext2D, w: number, h: number) {
  // A drawing buffer can only be read in the task that drew it.
  map.chart!.map.redraw();
  pen.drawImage(map.chart!.map.getCanvas(), 0, 0, w, h);
  if (!map.other) return;
  const [, right = 0, left = 0] = (/inset\(0(?:px)? ([\d.]+)\S* 0(?:px)? ([\d.]+)/.exec(map.other.container.style.clipPath) ?? []).map(Number);
  const [from, to] = [(w * left) / 100, w * (1 - right / 100)];
  if (to - from < 1) return;
  pen.save();
  pen.beginPath();
  pen.rect(from, 0, to - from, h);
  pen.clip();
  map.other.map.redraw();
  pen.drawImage(map.other.map.getCanvas(), 0, 0, w, h);
  pen.restore();
  pen.fillStyle = palette().ink;
  pen.fillRect((from || to) - 1, 0, 2, h);
}

/** The symbols of the key, as the style sheet dresses them. */
function drawLegend(pen: CanvasRenderingContext2D, font: string, h: number) {
  const rows = [...document.querySelectorAll<HTMLElement>('.legend .symbols li:not([hidden])')];
  if (!rows.length) return;
  const {halo, ink} = palette();
  const y0 = h - rows.length * 20 - 26;
  pen.fillStyle = halo;
  pen.fillRect(14, y0, 150, rows.length * 20 + 12);
  pen.font = `12px ${font}`;
  rows.forEach((row, i) => {
    const y = y0 + 16 + i * 20;
    const line = row.querySelector('path.border');
    pen.save();
    pen.beginPath();
    if (line) {
      const dress = getComputedStyle(line);
      pen.strokeStyle = dress.stroke;
      pen.lineWidth = Number.parseFloat(dress.strokeWidth);
      pen.setLineDash(dress.strokeDasharray.split(',').map(Number.parseFloat).filter(Number.isFinite));
      pen.moveTo(24, y);
      pen.lineTo(68, y);
    } else {
      pen.rect(24, y - 7, 44, 14);
      pen.clip();
      pen.strokeStyle = palette().hatch;
      for (let x = 10; x < 80; x += 7) {
        pen.moveTo(x, y + 7);
        pen.lineTo(x + 14, y - 7);
      }
    }
    pen.stroke();
    pen.restore();
    pen.fillStyle = ink;
    pen.fillText(row.textContent!.trim(), 78, y + 4);
  });
}

function drawScale(map: BoundaryMap, pen: CanvasRenderingContext2D, font: string, w: number, h: number) {
  const bar = map.querySelector<HTMLElement>('.maplibregl-ctrl-scale');
  if (!bar) return;
  const length = bar.offsetWidth;
  pen.strokeStyle = pen.fillStyle = palette().ink;
  pen.lineWidth = 1.5;
  pen.beginPath();
  pen.moveTo(w - 20 - length, h - 26);
  pen.lineTo(w - 20 - length, h - 18);
  pen.lineTo(w - 20, h - 18);
  pen.lineTo(w - 20, h - 26);
  pen.stroke();
  pen.font = `11px ${font}`;
  pen.fillText(bar.textContent!, w - 16 - length, h - 23);
}

function drawStamp(pen: CanvasRenderingContext2D, text: string, font: string) {
  pen.fillStyle = palette().seal;
  pen.font = `600 20px ${font}`;
  pen.fillText(text, 18, 34);
}
