const memory = 'jieming.keys';

/**
 * The keys of the page. Single letters can be switched off (WCAG 2.1.4); the
 * arrows, Escape and "?" stay. An act that returns false leaves the key to the
 * browser.
 */
export function listen(act: Record<string, () => unknown>) {
  const box = document.querySelector<HTMLInputElement>('#single-keys')!;
  try {
    box.checked = localStorage.getItem(memory) !== 'off';
    box.addEventListener('change', () => localStorage.setItem(memory, box.checked ? 'on' : 'off'));
  } catch {
    // Without storage the choice lasts as long as the page.
  }
  document.addEventListener('keydown', (e) => {
    const target = e.target as Element;
    const writing = target.closest('input:not([type=checkbox]), select, textarea') && e.key !== 'Escape';
    if (e.altKey || e.ctrlKey || e.metaKey || e.isComposing || writing || target.closest('dialog')) return;
    const arrow = e.key.startsWith('Arrow');
    if (arrow && (e.shiftKey || target.closest('canvas'))) return; // they move the map
    const name = e.key.length === 1 ? e.key.toLowerCase() : e.key;
    const does = act[name];
    if (!does || (e.key.length === 1 && e.key !== '?' && !box.checked) || (name === 'Enter' && !target.matches('canvas, body'))) return;
    if (does() !== false) e.preventDefault();
  });
}
