import {listen} from './keys';

/** j and k walk through the tasks; Enter opens the one in focus, as links do. */
const links = () => [...document.querySelectorAll<HTMLAnchorElement>('[data-task] a.opens')];

function walk(by: number) {
  const all = links();
  const at = all.indexOf(document.activeElement as HTMLAnchorElement);
  const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by];
  next?.focus();
  next?.scrollIntoView({block: 'nearest'});
}

const hint = document.querySelector<HTMLElement>('.keys-hint');
if (hint) {
  hint.hidden = false;
  listen({j: () => walk(1), k: () => walk(-1)});
}
