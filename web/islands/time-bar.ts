/** A year takes the reader to its last day: the lists that the history rests on show the state of 31 December. */
export class TimeBar extends HTMLElement {
  private last = 0;
  private later?: ReturnType<typeof setTimeout>;

  get days(): string[] {
    return JSON.parse(this.dataset.days ?? '[]') as string[];
  }

  get today(): string {
    return this.dataset.today ?? '';
  }

  /** The first day of the stretch without change that a day lies in. */
  epoch(day: string): string {
    return this.days.findLast((d) => d <= day) ?? day;
  }

  /** Brings the slider to life; it is hidden where no script runs. */
  start() {
    this.querySelector<HTMLElement>('.years')!.hidden = false;
    this.slider.addEventListener('input', () => this.choose());
  }

  /** Puts the mark on a day. */
  show(day: string) {
    const x = this.place(day);
    for (const line of this.querySelectorAll('line.axis-now')) {
      line.setAttribute('x1', x);
      line.setAttribute('x2', x);
    }
    this.querySelector('circle.axis-now')?.setAttribute('cx', x);
    if (document.activeElement !== this.slider) this.slider.value = day.slice(0, 4);
  }

  private get slider(): HTMLInputElement {
    return this.querySelector<HTMLInputElement>('input[type=range]')!;
  }

  /** Tells the page, at most four times a second, and always of the last. */
  private choose() {
    const year = this.slider.value;
    const day = year === this.today.slice(0, 4) ? this.today : `${year}-12-31`;
    this.show(day);
    this.slider.setAttribute('aria-valuetext', day);
    clearTimeout(this.later);
    const wait = Math.max(0, this.last + 250 - Date.now());
    this.later = setTimeout(() => {
      this.last = Date.now();
      this.dispatchEvent(new CustomEvent('day', {detail: day === this.today ? undefined : day}));
    }, wait);
  }

  /** Where a day stands on the axis, as the server reckons it. */
  private place(day: string): string {
    const at = (text: string) => Date.parse(`${text}T00:00:00Z`);
    const from = at(`${this.dataset.first}-01-01`);
    const to = at(`${Number(this.dataset.last) + 1}-01-01`);
    const share = (at(day) - from) / (to - from);
    return `${(100 * Math.min(1, Math.max(0, share))).toFixed(2)}%`;
  }
}
