import type {BoundaryMap, DayFacts} from './boundary-map';
import type {Compare, State} from './state';
import {element, inWords, texts} from './texts';

/**
 * Two days under one camera: side by side with a divider to drag, the earlier
 * day on the left, or one after the other.
 */
export class Comparison {
  private readonly bar = document.querySelector<HTMLElement>('.comparison')!;
  private readonly divider = element('div', 'divider');
  private readonly before = element('b', 'before');
  private readonly after = element('b', 'after');
  private readonly flag = element('p', 'blinked');
  private share = 0.5;
  private mode?: Compare;
  private day?: string;
  /** Whether the other day is the later one, and so on the right. */
  private later = false;
  /** In blink, whether the other day shows. */
  private turned = false;

  constructor(private readonly map: BoundaryMap, private readonly facts: (day: string) => Promise<DayFacts>) {
    Object.assign(this.divider, {tabIndex: 0, role: 'separator', ariaLabel: texts.divider ?? '', ariaOrientation: 'vertical', ariaValueMin: '0', ariaValueMax: '100'});
    this.divider.append(this.before, element('span', '', '⇔'), this.after);
    this.divider.addEventListener('pointerdown', (e) => this.grab(e));
    this.divider.addEventListener('keydown', (e) => this.nudge(e));
    map.shownAt = (x) => (this.mode && (this.mode === 'swipe' ? x < this.share * map.clientWidth !== this.later : this.turned) ? map.other : map.chart);
  }

  /** Brings the comparison in line with a state, as often as one likes. */
  async show(state: State) {
    const on = !!state.compare && this.map.live;
    this.bar.hidden = !on;
    document.body.classList.toggle('comparing', on);
    document.querySelector('[data-do=compare].tool, .tools [data-do=compare]')!.ariaPressed = String(!!state.compare);
    if (!state.compare || !state.other || !this.map.live) return this.end();
    const [other, day] = [state.other, state.day ?? this.map.today];
    this.input('other').value = other;
    this.input('this').value = day;
    this.later = other > day;
    this.bar.classList.toggle('turned', this.later);
    const [earlier, later] = this.later ? [day, other] : [other, day];
    this.before.textContent = `${texts.before} ${inWords(earlier)}`;
    this.after.textContent = `${texts.after} ${inWords(later)}`;
    for (const button of this.bar.querySelectorAll<HTMLElement>('[data-compare]')) button.ariaPressed = String(button.dataset.compare === state.compare);
    if (state.compare !== this.mode) this.turned = false;
    this.mode = state.compare;
    await this.draw(other, state);
    this.settle();
  }

  /** Shows the other of the two days; in swipe, blinks first. */
  blink() {
    this.turned = !this.turned;
    this.settle();
  }

  private async draw(day: string, state: State) {
    const known = state.layers.join() + state.unit;
    if (this.map.other && this.day === day + known) return;
    const facts = await this.facts(day);
    if (!this.mode) return;
    this.day = day + known;
    if (this.map.other) {
      this.map.other.show(this.map.look(day, {...facts, touched: []}));
      return;
    }
    const {map} = this.map.overlay(day, facts);
    this.map.map!.on('move', this.follow);
    map.once('load', this.follow);
    this.map.append(this.divider, this.flag);
  }

  private readonly follow = () => this.map.other?.map.jumpTo({center: this.map.map!.getCenter(), zoom: this.map.map!.getZoom()});

  /** Cuts the map of the other day to what shows of it. */
  private settle() {
    const swipe = this.mode === 'swipe';
    this.divider.hidden = !swipe;
    this.divider.style.left = `${this.share * 100}%`;
    this.divider.ariaValueNow = String(Math.round(this.share * 100));
    const cut = this.later ? `inset(0 0 0 ${this.share * 100}%)` : `inset(0 ${(1 - this.share) * 100}% 0 0)`;
    const shown = swipe ? cut : this.turned ? 'none' : 'inset(0 100% 0 0)';
    if (this.map.other) this.map.other.container.style.clipPath = shown;
    for (const side of ['other', 'this'] as const) {
      this.input(side).closest('label')!.classList.toggle('showing', !swipe && this.turned === (side === 'other'));
    }
    this.flag.hidden = swipe;
    this.flag.textContent = inWords(this.input(this.turned ? 'other' : 'this').value);
  }

  private end() {
    this.mode = this.day = undefined;
    this.map.map?.off('move', this.follow);
    this.map.other?.remove();
    this.map.other = undefined;
    this.divider.remove();
    this.flag.remove();
  }

  private input(side: 'other' | 'this'): HTMLInputElement {
    return this.bar.querySelector<HTMLInputElement>(`[data-side=${side}]`)!;
  }

  private grab(e: PointerEvent) {
    e.preventDefault();
    this.divider.focus();
    this.divider.setPointerCapture(e.pointerId);
    const box = this.map.getBoundingClientRect();
    this.divider.onpointermove = (move) => this.cut((move.clientX - box.left) / box.width);
    this.divider.onpointerup = this.divider.onpointercancel = () => (this.divider.onpointermove = null);
  }

  private nudge(e: KeyboardEvent) {
    const to = {ArrowLeft: this.share - 0.03, ArrowRight: this.share + 0.03, Home: 0, End: 1}[e.key];
    if (to === undefined) return;
    e.preventDefault();
    e.stopPropagation();
    this.cut(to);
  }

  private cut(share: number) {
    this.share = Math.min(0.98, Math.max(0.02, share));
    this.settle();
  }
}
