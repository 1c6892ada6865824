/**
 * Help beside the page: the link of the page head opens it in a pane, so that
 * nothing typed is lost, and "?" does, too. Where anything fails the link opens
 * a page of its own, as it does without script.
 */
const link = document.querySelector<HTMLAnchorElement>('.helplink');
const pane = document.querySelector<HTMLDialogElement>('#helppane');

if (link && pane) begin(link, pane);

function begin(link: HTMLAnchorElement, pane: HTMLDialogElement) {
  const text = pane.querySelector<HTMLElement>('.helppane-text')!;
  const alone = pane.querySelector<HTMLAnchorElement>('[data-alone]')!;
  const wide = matchMedia('(min-width: 64rem)');
  let before: Element | null = null; // what had the focus

  async function show(address: string) {
    const answer = await fetch(address, {headers: {Accept: 'text/html'}});
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const article = page.querySelector('article.helptext') ?? page.querySelector('.helpgroups');
    if (!answer.ok || !article) throw new Error(`no help at ${address}`);
    for (const a of article.querySelectorAll('a')) if (!helpful(a)) a.target = '_blank';
    text.replaceChildren(document.adoptNode(article));
    text.scrollTop = 0;
    alone.href = address;
    if (!pane.open) open();
    text.focus();
  }

  function open() {
    before = document.activeElement;
    if (wide.matches) pane.show();
    else pane.showModal();
    document.documentElement.classList.toggle('helped', wide.matches);
  }

  function close() {
    pane.close();
  }

  const elsewhere = (address: string) => () => void window.open(address, '_blank');

  link.addEventListener('click', (e) => {
    if (e.button || e.metaKey || e.ctrlKey || e.shiftKey) return;
    e.preventDefault();
    if (pane.open) close();
    else show(link.href).catch(elsewhere(link.href));
  });
  pane.addEventListener('click', (e) => {
    const target = (e.target as Element).closest('a');
    if (target?.target === '' && helpful(target)) {
      e.preventDefault();
      show(target.href).catch(elsewhere(target.href));
    }
  });
  pane.querySelector('[data-close]')!.addEventListener('click', close);
  pane.addEventListener('close', () => {
    document.documentElement.classList.remove('helped');
    if (before instanceof HTMLElement && before.isConnected) before.focus();
  });
  // On the window, so that the keys of the page come first.
  addEventListener('keydown', (e) => {
    if (e.defaultPrevented || e.altKey || e.ctrlKey || e.metaKey || e.isComposing) return;
    if (e.key === 'Escape' && pane.open && !document.querySelector('dialog:modal')) {
      e.preventDefault();
      close();
    } else if (e.key === '?' && !(e.target as Element).closest('input:not([type=checkbox], [type=radio]), select, textarea, dialog')) {
      e.preventDefault();
      link.click();
    }
  });
}

/** Whether a link stays within help. */
function helpful(a: HTMLAnchorElement) {
  return a.origin === location.origin && /^(\/desk)?\/help(\/|$)/.test(a.pathname);
}
