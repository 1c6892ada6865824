import {element, texts} from './texts';

/** What /api/search finds. */
export interface Found {
  kind: 'unit' | 'village' | 'place';
  id: number;
  name: string;
  roman: string | null;
  code: string | null;
  chain: {name: string}[];
  /** Longitude and latitude in degrees of where to look for it. */
  at: [number, number] | null;
  /** Whose place that is, if it has none of its own. */
  at_of?: {name: string};
  bbox: [number, number, number, number] | null;
  valid_from: string | null;
  valid_to: string | null;
  /** Whether it exists on the day. */
  current: boolean;
  other_name: string | null;
  other_code: string | null;
  other_valid_from: string | null;
  other_valid_to: string | null;
}

interface Answer {
  items: Found[];
  generics: {generic: string; count: number}[];
  more: boolean;
}

const nothing: Answer = {items: [], generics: [], more: false};

/** A box that searches as one types: a combobox with a list, after the pattern of the ARIA practices. */
export class Search {
  private readonly input: HTMLInputElement;
  private readonly list: HTMLElement;
  private readonly finds: HTMLElement;
  private readonly none: HTMLElement;
  private readonly chips: HTMLElement;
  private running?: AbortController;
  private later?: ReturnType<typeof setTimeout>;
  private items: Found[] = [];
  private at = -1;
  private generic = '';

  constructor(private readonly root: HTMLElement, private readonly clocks: () => URLSearchParams, private readonly pick: (found: Found) => void) {
    const part = <E extends HTMLElement>(selector: string) => root.querySelector<E>(selector)!;
    this.input = part('input[name=q]');
    this.list = part('[role=listbox]');
    this.finds = part('.finds');
    this.none = part('.found-none');
    this.chips = part('.generics');
    this.input.addEventListener('input', (e) => (e as InputEvent).isComposing || this.soon());
    this.input.addEventListener('compositionend', () => this.soon());
    this.input.addEventListener('keydown', (e) => e.isComposing || this.key(e));
    this.input.addEventListener('focus', () => this.items.length && this.open(true));
    root.addEventListener('focusout', (e) => root.contains(e.relatedTarget as Node) || this.open(false));
    root.querySelector('form')!.addEventListener('submit', (e) => {
      e.preventDefault();
      this.choose(Math.max(0, this.at));
    });
    root.querySelector('.clear')!.addEventListener('click', () => this.clear());
    // A press must not take the focus from the box, or the list would close under it.
    this.finds.addEventListener('pointerdown', (e) => e.preventDefault());
    this.list.addEventListener('click', (e) => this.choose([...this.list.children].indexOf((e.target as Element).closest('li')!)));
  }

  focus() {
    this.input.focus();
    this.input.select();
  }

  private soon() {
    this.generic = '';
    this.root.querySelector<HTMLElement>('.clear')!.hidden = !this.input.value;
    clearTimeout(this.later);
    this.later = setTimeout(() => void this.ask(), 140);
  }

  private async ask() {
    this.running?.abort();
    const q = this.input.value.trim();
    if (!q) {
      this.fill(nothing, '');
      return;
    }
    const mine = (this.running = new AbortController());
    const query = new URLSearchParams([...this.clocks(), ['q', q], ['limit', '10'], ...(this.generic ? [['generic', this.generic]] : [])] as [string, string][]);
    try {
      const response = await fetch(`/api/search?${query}`, {signal: mine.signal});
      if (!response.ok) throw new Error(String(response.status));
      const answer = (await response.json()) as Answer;
      if (!mine.signal.aborted) this.fill(answer, answer.items.length ? '' : texts.nofind!);
    } catch {
      if (!mine.signal.aborted) this.fill(nothing, texts.findaway!);
    }
  }

  private fill(answer: Answer, note: string) {
    this.items = answer.items;
    this.at = -1;
    this.list.replaceChildren(...answer.items.map((item, i) => this.option(item, i)));
    this.none.textContent = note;
    if (answer.more) {
      const all = element('a', '', texts.more);
      all.href = `/search?${new URLSearchParams([...this.clocks(), ['q', this.input.value.trim()], ...(this.generic ? [['generic', this.generic]] : [])] as string[][])}`;
      this.none.append(all);
    }
    this.none.hidden = !this.none.hasChildNodes();
    if (!this.generic) this.fillChips(answer.generics);
    this.input.removeAttribute('aria-activedescendant');
    this.open(!!this.input.value.trim());
    document.getElementById('said')!.textContent = note || `${answer.items.length}`;
  }

  private fillChips(generics: {generic: string; count: number}[]) {
    this.chips.replaceChildren(...(generics.length > 1 ? generics : []).slice(0, 8).map(({generic, count}) => {
      const chip = element('button', '', `${generic} ${count}`);
      chip.type = 'button';
      chip.ariaPressed = 'false';
      chip.addEventListener('click', () => {
        this.generic = this.generic === generic ? '' : generic;
        for (const other of this.chips.children) other.ariaPressed = String(other === chip && !!this.generic);
        void this.ask();
      });
      return chip;
    }));
  }

  private option(found: Found, i: number): HTMLElement {
    const out = element('li', found.kind);
    Object.assign(out, {id: `found-${i}`, role: 'option', ariaSelected: 'false'});
    const q = this.input.value.trim();
    const name = element('b', 'name');
    name.append(...marked(found.name, found.other_name ? '' : q));
    const side = element('span', 'side');
    if (found.roman) side.append(...marked(found.roman, q), ' ');
    if (found.code) side.append(...marked(short(found.code), found.other_code ? '' : q));
    const kind = found.kind === 'unit' ? '' : found.kind === 'village' ? texts.village : texts.place;
    out.append(name, side, element('span', 'where', [kind, found.chain.map((above) => above.name).join(' › ')].filter(Boolean).join(' · ')));
    if (found.other_name || found.other_code) {
      const other = element('span', 'former', `${found.other_name ? texts.former : texts.formercode} `);
      other.append(...marked(found.other_name ?? short(found.other_code!), q), ` ${period(found.other_valid_from, found.other_valid_to)}`);
      out.append(other);
    } else if (!found.current) out.append(element('span', 'former', `${texts.existed} ${period(found.valid_from, found.valid_to)}`));
    if (found.at_of) out.append(element('span', 'former', texts.placeof!.replace('{name}', found.at_of.name)));
    return out;
  }

  private key(e: KeyboardEvent) {
    const n = this.items.length;
    if (e.key === 'Escape') {
      if (this.input.value) this.clear();
      else this.input.blur();
    } else if (n && e.key === 'ArrowDown') this.move((this.at + 1) % n);
    else if (n && e.key === 'ArrowUp') this.move((this.at + n) % n === 0 || this.at < 0 ? n - 1 : this.at - 1);
    else return;
    e.preventDefault();
    e.stopPropagation();
  }

  private move(to: number) {
    this.open(true);
    this.at = to;
    [...this.list.children].forEach((option, i) => (option.ariaSelected = String(i === to)));
    this.list.children[to]?.scrollIntoView({block: 'nearest'});
    this.input.setAttribute('aria-activedescendant', `found-${to}`);
  }

  private choose(i: number) {
    const found = this.items[i];
    if (!found) return;
    this.input.value = found.name;
    this.open(false);
    this.input.blur();
    this.pick(found);
  }

  private clear() {
    this.input.value = '';
    this.soon();
    this.fill(nothing, '');
    this.input.focus();
  }

  private open(shown: boolean) {
    this.finds.hidden = !shown || !(this.items.length || this.none.hasChildNodes());
    this.input.ariaExpanded = String(!this.finds.hidden);
  }
}

/** A text with the part that was searched for marked. */
function marked(text: string, q: string): (Node | string)[] {
  const i = q ? text.toLowerCase().indexOf(q.toLowerCase()) : -1;
  return i < 0 ? [text] : [text.slice(0, i), element('mark', '', text.slice(i, i + q.length)), text.slice(i + q.length)];
}

function period(from: string | null, to: string | null): string {
  return from || to ? `${from?.slice(0, 4) ?? ''}–${to?.slice(0, 4) ?? ''}` : '';
}

/** A code without the zeros of the levels below it. */
function short(code: string): string {
  return code.replace(/(000)?000$/, '');
}
