import type {BoundaryMap} from './boundary-map';
import {type State, address, query, usual} from './state';
import {texts} from './texts';

/** The dialog that hands out the state of the map: link, frame, image, sheet, data. */
export class Share {
  private readonly dialog = document.querySelector<HTMLDialogElement>('#share')!;

  constructor(private readonly map: BoundaryMap) {
    for (const button of this.dialog.querySelectorAll<HTMLElement>('[data-copy]')) button.addEventListener('click', () => void this.copy(button));
    this.dialog.querySelector('[data-do=image]')!.addEventListener('click', () => void this.save());
  }

  open(state: State) {
    const full = {...state, camera: this.map.live ? this.map.camera() : state.camera, rest: [...state.rest, ['lang', document.documentElement.lang === 'en' ? 'en' : 'zh'] as [string, string]]};
    this.field('share-link').value = location.origin + address(full);
    this.field('share-embed').value = `<iframe src="${location.origin}${address({...full, compare: undefined}, '/embed').replaceAll('&', '&amp;')}" title="${document.title}" width="720" height="540" loading="lazy" allowfullscreen></iframe>`;
    for (const link of this.dialog.querySelectorAll<HTMLAnchorElement>('a[data-with]')) link.href = link.dataset.with + this.handed(state);
    this.dialog.showModal();
  }

  /** The state as the pages for printing and downloading take it. */
  private handed(state: State): string {
    const q = new URLSearchParams(query({...state, layers: usual, here: undefined, compare: state.compare && 'swipe'}));
    q.delete('compare');
    if (state.camera && this.map.live) q.set('bbox', this.map.map!.getBounds().toArray().flat().map((d) => d.toFixed(4)).join(','));
    return `?${q}`.replaceAll('%2C', ',');
  }

  private field(id: string): HTMLInputElement {
    return this.dialog.querySelector<HTMLInputElement>(`#${id}`)!;
  }

  private async copy(button: HTMLElement) {
    const field = this.field(button.dataset.copy!);
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      document.execCommand('copy'); // pages without TLS have no clipboard
    }
    const label = button.textContent;
    button.textContent = texts.copied!;
    setTimeout(() => (button.textContent = label), 1500);
  }

  private async save() {
    this.dialog.close();
    this.map.notice(texts.exporting!);
    try {
      const {saveImage} = await import('./image');
      await saveImage(this.map, document.title.replace(/ · [^·]*$/, ''), `jieming-${document.querySelector<HTMLElement>('.panel-body')?.dataset.day}.png`);
      this.map.notice('');
    } catch (reason) {
      console.info('share: no image:', reason);
      this.map.notice(texts.imagefailed!);
    }
  }
}
