/** The texts of the page's language, as the server put them on the page. */
export const texts = JSON.parse(document.querySelector<HTMLElement>('[data-texts]')?.dataset.texts ?? '{}') as Record<string, string>;

/** A date in words, in the language of the page. */
export function inWords(day: string, parts: Intl.DateTimeFormatOptions = {dateStyle: 'long'}): string {
  const locale = document.documentElement.lang === 'en' ? 'en-GB' : 'zh-CN';
  return new Intl.DateTimeFormat(locale, {...parts, timeZone: 'UTC'}).format(new Date(`${day}T00:00:00Z`));
}

/** A point in words: 43.8800°N 125.3200°E. */
export function coordinates(lon: number, lat: number): string {
  return `${Math.abs(lat).toFixed(4)}°${lat < 0 ? 'S' : 'N'} ${Math.abs(lon).toFixed(4)}°${lon < 0 ? 'W' : 'E'}`;
}

/** Whether the reader asks for little motion. */
export function calm(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}

/** An element with a class and a text. */
export function element<K extends keyof HTMLElementTagNameMap>(tag: K, name: string, text = ''): HTMLElementTagNameMap[K] {
  const out = document.createElement(tag);
  out.className = name;
  out.textContent = text;
  return out;
}
