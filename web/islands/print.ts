// The page of the map for a meeting: shows the sheet anew as choices change,
// writes the reader's title on it, prints it, and makes an image of it.
import {texts} from './texts';

const $ = <E extends HTMLElement>(selector: string) => document.querySelector<E>(selector)!;
const form = $<HTMLFormElement>('.order');
const preview = $('.sheet-preview');
const image = $<HTMLImageElement>('.paper');
const heading = $<HTMLInputElement>('#heading');
const said = $('#said');
const given = heading.value;

document.body.classList.add('scripted');
for (const part of document.querySelectorAll<HTMLElement>('[data-print], [data-png], #heading-row, #heading-note')) part.hidden = false;

// The page of a choice is another address: the size of the paper is in its head.
form.addEventListener('change', (e) => {
  if (e.target !== heading && form.checkValidity()) form.requestSubmit();
});
form.addEventListener('submit', () => {
  preview.ariaBusy = 'true';
  for (const field of form.querySelectorAll<HTMLInputElement>('input[name=t2]')) field.disabled = !field.value;
  if (heading.value !== given) sessionStorage.setItem('jieming.heading', heading.value);
});

/** The sheet as text, with the reader's title on it. */
async function sheet(): Promise<string> {
  const answer = await fetch(image.dataset.src ?? (image.dataset.src = image.src));
  if (!answer.ok) throw new Error(String(answer.status));
  const drawing = new DOMParser().parseFromString(await answer.text(), 'image/svg+xml');
  const title = drawing.getElementById('title');
  if (title && heading.value.trim()) title.textContent = heading.value.trim();
  return new XMLSerializer().serializeToString(drawing);
}

let shown = '';
async function retitle() {
  const address = URL.createObjectURL(new Blob([await sheet()], {type: 'image/svg+xml'}));
  image.src = address;
  $<HTMLAnchorElement>('[data-svg]').href = address;
  if (shown) URL.revokeObjectURL(shown);
  shown = address;
  await image.decode();
}

let later: ReturnType<typeof setTimeout>;
heading.addEventListener('input', () => {
  clearTimeout(later);
  later = setTimeout(() => void retitle(), 250);
});
const kept = sessionStorage.getItem('jieming.heading');
if (kept) {
  heading.value = kept;
  void retitle();
}

$('[data-print]').addEventListener('click', () => print());

/** The finest of some resolutions at which a browser can hold the image. */
function resolution(wide: number, high: number): number {
  const most = 90e6; // pixels
  return [300, 200, 150, 100].find((dpi) => (wide * dpi * high * dpi) / (25.4 * 25.4) <= most) ?? 72;
}

$('[data-png]').addEventListener('click', () => void save());
async function save() {
  try {
    const text = await sheet();
    const [, wide, high] = /width="(\d+)mm" height="(\d+)mm"/.exec(text)!.map(Number) as [number, number, number];
    const dpi = resolution(wide, high);
    said.textContent = texts.dpi!.replace('{dpi}', String(dpi));
    const canvas = Object.assign(document.createElement('canvas'), {width: Math.round((wide * dpi) / 25.4), height: Math.round((high * dpi) / 25.4)});
    // The image is given the size of the canvas, or it would be enlarged from that of the screen.
    const sized = text.replace(/width="\d+mm" height="\d+mm"/, `width="${canvas.width}" height="${canvas.height}"`);
    const drawn = new Image();
    drawn.src = URL.createObjectURL(new Blob([sized], {type: 'image/svg+xml'}));
    await drawn.decode();
    canvas.getContext('2d')!.drawImage(drawn, 0, 0);
    URL.revokeObjectURL(drawn.src);
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'));
    if (!blob) throw new Error('no image');
    const link = Object.assign(document.createElement('a'), {href: URL.createObjectURL(blob), download: $<HTMLAnchorElement>('[data-svg]').download.replace('.svg', '.png')});
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    said.textContent = texts.saved!;
  } catch (reason) {
    console.info('print: no image:', reason);
    said.textContent = texts.imagefailed!;
  }
}
