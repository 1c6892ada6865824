import {calm} from './texts';

/**
 * The panel as a sheet that slides up from the foot of a phone: its head, the
 * date, always shows; a tap or a drag on the head lifts the rest.
 */
export class Sheet {
  private readonly handle = document.createElement('button');

  constructor(private readonly panel: HTMLElement) {
    document.body.classList.add('sheeted');
    this.handle.type = 'button';
    this.handle.className = 'handle';
    this.handle.ariaLabel = panel.ariaLabel;
    this.handle.ariaExpanded = 'false';
    this.handle.setAttribute('aria-controls', panel.id);
    panel.before(this.handle);
    this.handle.addEventListener('pointerdown', (e) => this.drag(e));
    // A tap acts at the click, not before: the handle moves away under the finger,
    // and the click would go to the map.
    this.handle.addEventListener('click', () => this.set(!this.raised));
  }

  /** Shows what has just been put into the panel. */
  lift() {
    this.set(true);
  }

  private get raised(): boolean {
    return document.body.classList.contains('raised');
  }

  private set(raised: boolean) {
    document.body.classList.toggle('raised', raised);
    this.handle.ariaExpanded = String(raised);
    if (!raised) this.panel.scrollTo({top: 0, behavior: calm() ? 'instant' : 'smooth'});
  }

  private drag(e: PointerEvent) {
    this.handle.setPointerCapture(e.pointerId);
    const from = e.clientY;
    this.handle.addEventListener('pointerup', (up) => {
      const moved = up.clientY - from;
      if (Math.abs(moved) >= 8) this.set(moved < 0);
    }, {once: true});
  }
}
