import type {DayFacts} from './boundary-map';

/** The server refused a request for a reason that asking again will not change. */
export class Refused extends Error {}

/** The panel beside the map: a piece of the page, written by the server, replaced whole. */
export class Panel {
  private running?: AbortController;

  constructor(private readonly element: HTMLElement) {}

  get body(): HTMLElement {
    return this.element.querySelector<HTMLElement>('.panel-body')!;
  }

  get facts(): DayFacts {
    return factsOf(this.body);
  }

  /** Asks for what the map must know of another day. */
  async factsOf(query: string): Promise<DayFacts> {
    const template = document.createElement('template');
    template.innerHTML = await (await fetch(`/panel${query}`)).text();
    const body = template.content.querySelector<HTMLElement>('.panel-body');
    return body ? factsOf(body) : {tints: {}, touched: []};
  }

  /** Asks for the panel of a query. The latest request wins; it resolves to false for the others. */
  async load(query: string): Promise<boolean> {
    this.running?.abort();
    const mine = (this.running = new AbortController());
    this.element.ariaBusy = 'true';
    try {
      const response = await fetch(`/panel${query}`, {signal: mine.signal});
      if (response.status >= 400 && response.status < 500) throw new Refused(String(response.status));
      if (!response.ok) throw new Error(String(response.status));
      const text = await response.text();
      if (mine !== this.running) return false;
      this.replace(text);
      return true;
    } catch (reason) {
      if (mine.signal.aborted) return false;
      throw reason;
    } finally {
      if (mine === this.running) this.element.ariaBusy = null;
    }
  }

  /** Replaces the content, and keeps focus, unfolded groups and the place scrolled to. */
  private replace(html: string) {
    const focus = (document.activeElement as HTMLAnchorElement | null)?.closest('#panel a[rel]')?.getAttribute('rel');
    const unfolded = new Set([...this.element.querySelectorAll('details[open] summary span:first-child')].map((s) => s.textContent ?? ''));
    this.element.innerHTML = html;
    for (const details of this.element.querySelectorAll('details')) {
      details.open = unfolded.has(details.querySelector('summary span')?.textContent ?? '');
    }
    if (focus) this.element.querySelector<HTMLElement>(`a[rel="${focus}"]`)?.focus();
  }
}

function factsOf(body: HTMLElement): DayFacts {
  return {tints: JSON.parse(body.dataset.tints ?? '{}') as Record<string, number>, touched: JSON.parse(body.dataset.touched ?? '[]') as number[]};
}
