// Suggests units to fields in which one is typed. A suggestion is the name and
// the code, which the server finds the unit by; without this, it offers a choice
// when several fit.
interface Hit {
  name: string;
  code: string | null;
  current: boolean;
  chain: {name: string}[];
}

let lists = 0;
for (const field of document.querySelectorAll<HTMLInputElement>('input[data-units]')) suggest(field);

function suggest(field: HTMLInputElement) {
  const list = document.createElement('datalist');
  list.id = `units-${lists++}`;
  field.after(list);
  field.setAttribute('list', list.id);
  let asked = '';
  let waiting = 0;
  field.addEventListener('input', () => {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(() => void ask(), 150);
  });

  async function ask() {
    const text = field.value.trim();
    if (text === '' || text === asked || /\d{4,12}$/.test(text) && /\s/.test(text)) return;
    asked = text;
    const answer = await fetch(`/api/search?kind=unit&limit=10&q=${encodeURIComponent(text.slice(0, 64))}`).catch(() => undefined);
    if (!answer?.ok || text !== field.value.trim()) return;
    const {items} = (await answer.json()) as {items: Hit[]};
    list.replaceChildren(...items.filter((h) => h.code && h.current).map((h) => {
      const option = document.createElement('option');
      option.value = `${h.name} ${h.code!.replace(/(00)+$/, '')}`;
      option.label = h.chain.map((u) => u.name).join(' › ');
      return option;
    }));
  }
}
