import {texts} from './texts';

const dayMs = 86_400_000;
const at = (day: string) => Date.parse(`${day}T00:00:00Z`);
const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);

/** How near a mark the pointer must come to take it, in pixels. */
const reach = 6;

/**
 * The time axis: drag it anywhere, with a pull towards the days of change; step
 * by change or by year; play. It tells the page by the event "day", at most
 * four times a second while dragging and always of the last, and by "preview"
 * at once, so that the date follows the hand.
 */
export class TimeBar extends HTMLElement {
  /** The day it shows. */
  day = '';
  private last = 0;
  private later?: ReturnType<typeof setTimeout>;
  private playing?: ReturnType<typeof setTimeout>;
  private days: string[] = [];

  get today(): string {
    return this.dataset.today!;
  }

  /** Brings the axis to life; its controls are hidden where no script runs. */
  start(day: string) {
    this.days = [...this.querySelectorAll<SVGLineElement>('.axis-tick')].map((tick) => tick.dataset.day!);
    for (const part of this.querySelectorAll<HTMLElement>('.years, .transport')) part.hidden = false;
    this.slider.addEventListener('input', () => this.choose(this.yearEnd(Number(this.slider.value))));
    const track = this.querySelector<HTMLElement>('.track')!;
    track.addEventListener('pointerdown', (e) => this.grab(track, e));
    track.addEventListener('pointermove', (e) => this.tip(e));
    track.addEventListener('pointerleave', () => this.tip());
    for (const button of this.querySelectorAll<HTMLElement>('[data-move]')) button.addEventListener('click', () => this.move(button.dataset.move!));
    this.show(day);
  }

  /** Puts the mark on a day. */
  show(day: string) {
    this.day = day;
    const x = this.place(day);
    for (const line of this.querySelectorAll('line.axis-now')) {
      line.setAttribute('x1', x);
      line.setAttribute('x2', x);
    }
    this.querySelector('circle.axis-now')?.setAttribute('cx', x);
    const from = this.days.findLast((d) => d <= day) ?? dayOf(this.start0);
    const to = this.days.find((d) => d > day) ?? dayOf(this.end0);
    const span = this.querySelector('.axis-span')!;
    span.setAttribute('x', this.place(from));
    span.setAttribute('width', `${Math.max(0, Number.parseFloat(this.place(to)) - Number.parseFloat(this.place(from)))}%`);
    for (const tick of this.querySelectorAll<SVGLineElement>('.axis-tick')) tick.classList.toggle('on', tick.dataset.day === day);
    if (document.activeElement !== this.slider) this.slider.value = day.slice(0, 4);
    this.slider.ariaValueText = day;
  }

  caption(text: string) {
    this.querySelector('.caption')!.textContent = text;
  }

  /** Moves by a number of months, to the change before or after, or plays. */
  move(how: string) {
    if (how === 'play') {
      this.play(!this.playing);
      return;
    }
    this.play(false);
    const day = how === 'prev' ? this.days.findLast((d) => d < this.day) : how === 'next' ? this.days.find((d) => d > this.day) : this.years(Number(how) / 12);
    if (day) this.choose(day);
  }

  /** Plays from here to the last change, or from the first if there is none after. */
  play(on: boolean) {
    clearTimeout(this.playing);
    this.playing = undefined;
    this.querySelector('[data-move=play]')!.ariaPressed = String(on);
    if (!on) return;
    const next = this.days.find((d) => d > this.day);
    this.choose(next ?? this.days[0]!);
    this.playing = setTimeout(() => this.ahead(), 1400);
  }

  /** The next step of playing, once the map has drawn the last one. */
  private ahead() {
    if (document.querySelector('#panel[aria-busy]')) this.playing = setTimeout(() => this.ahead(), 200);
    else this.play(this.days.some((d) => d > this.day));
  }

  /** The same day of another year, within the axis. */
  private years(n: number): string {
    const [year, rest] = [Number(this.day.slice(0, 4)) + n, this.day.slice(4)];
    const day = `${String(year).padStart(4, '0')}${rest === '-02-29' ? '-02-28' : rest}`;
    return dayOf(Math.min(this.end0 - dayMs, Math.max(this.start0, at(day))));
  }

  private yearEnd(year: number): string {
    return String(year) === this.today.slice(0, 4) ? this.today : `${year}-12-31`;
  }

  private get slider(): HTMLInputElement {
    return this.querySelector<HTMLInputElement>('input[type=range]')!;
  }

  private get start0(): number {
    return at(`${this.dataset.first}-01-01`);
  }

  private get end0(): number {
    return at(`${Number(this.dataset.last) + 1}-01-01`);
  }

  private grab(track: HTMLElement, e: PointerEvent) {
    if (e.button !== 0) return;
    e.preventDefault();
    this.play(false);
    track.setPointerCapture(e.pointerId);
    const follow = (move: PointerEvent) => this.choose(this.under(move));
    follow(e);
    track.addEventListener('pointermove', follow);
    const done = () => track.removeEventListener('pointermove', follow);
    track.addEventListener('pointerup', done, {once: true});
    track.addEventListener('pointercancel', done, {once: true});
  }

  /** The day under the pointer: a day of change if one is near. */
  private under(e: PointerEvent): string {
    const box = this.querySelector('.axis')!.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (e.clientX - box.left) / box.width));
    const ms = this.start0 + share * (this.end0 - dayMs - this.start0);
    const perPixel = (this.end0 - this.start0) / box.width;
    const near = this.days.toSorted((a, b) => Math.abs(at(a) - ms) - Math.abs(at(b) - ms))[0];
    return near && Math.abs(at(near) - ms) < reach * perPixel ? near : dayOf(ms);
  }

  private tip(e?: PointerEvent) {
    const text = this.querySelector('.axis-tip')!;
    const day = e && e.pointerType !== 'touch' ? this.under(e) : '';
    const n = Number(this.querySelector<SVGLineElement>(`.axis-tick[data-day="${day || '-'}"]`)?.dataset.n ?? 0);
    text.textContent = n ? `${day} · ${n === 1 ? texts.one : texts.many!.replace('{n}', String(n))}` : day;
    if (!day) return;
    const share = Number.parseFloat(this.place(day));
    text.setAttribute('x', `${share}%`);
    text.setAttribute('text-anchor', share < 8 ? 'start' : share > 92 ? 'end' : 'middle');
  }

  /** Tells the page, at most four times a second, and always of the last. */
  private choose(day: string) {
    this.show(day);
    this.dispatchEvent(new CustomEvent('preview', {detail: day}));
    clearTimeout(this.later);
    this.later = setTimeout(() => {
      this.last = Date.now();
      this.dispatchEvent(new CustomEvent('day', {detail: day}));
    }, Math.max(0, this.last + 250 - Date.now()));
  }

  /** Where a day stands on the axis, as the server reckons it. */
  private place(day: string): string {
    const share = (at(day) - this.start0) / (this.end0 - this.start0);
    return `${(100 * Math.min(1, Math.max(0, share))).toFixed(2)}%`;
  }
}
