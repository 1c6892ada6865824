// Sends a chosen file at once and shows how far it is, while the rest of the
// form is written. The form then carries the upload instead of the file, so
// that one that is refused does not send it again. Without this, or when the
// sending fails, the form sends the file itself.
for (const field of document.querySelectorAll<HTMLElement>('[data-upload]')) watch(field);

function watch(field: HTMLElement) {
  const file = field.querySelector<HTMLInputElement>('input[type=file]')!;
  const upload = field.querySelector<HTMLInputElement>('input[name=upload]')!;
  const state = field.querySelector<HTMLElement>('.upload-state')!;
  const fault = field.querySelector<HTMLElement>('.fault')!;
  const bar = field.querySelector('progress')!;
  const button = field.closest('form')!.querySelector<HTMLButtonElement>('button.primary');
  const says = field.dataset;
  const required = file.required;
  let sending: XMLHttpRequest | undefined;

  const refuse = (text: string) => {
    fault.textContent = text;
    state.textContent = '';
    field.classList.add('wrong');
    file.setAttribute('aria-invalid', 'true');
    file.value = '';
  };
  const begin = () => {
    sending?.abort();
    upload.value = '';
    fault.textContent = state.textContent = '';
    field.classList.remove('wrong');
    file.removeAttribute('aria-invalid');
    file.required = required;
    bar.hidden = true;
  };

  file.addEventListener('change', () => {
    begin();
    const chosen = file.files?.[0];
    if (!chosen) return;
    if (chosen.size > Number(says.limit) * 2 ** 20) return refuse(says.large!);
    const body = new FormData();
    body.append('file', chosen);
    const request = (sending = new XMLHttpRequest());
    request.open('POST', '/desk/uploads');
    request.responseType = 'json';
    bar.hidden = false;
    bar.removeAttribute('value');
    if (button) button.disabled = true;
    state.textContent = `${says.sending} ${chosen.name}`;
    request.upload.addEventListener('progress', (e) => {
      if (e.lengthComputable) bar.value = (100 * e.loaded) / e.total;
    });
    request.addEventListener('loadend', () => {
      if (request !== sending) return; // another file was chosen meanwhile
      bar.hidden = true;
      if (button) button.disabled = false;
      const answer = request.response as {upload?: number; name?: string; fault?: string} | null;
      if (answer?.fault) return refuse(answer.fault);
      if (!answer?.upload) {
        state.textContent = ''; // the form will send the file itself
        return;
      }
      upload.value = String(answer.upload);
      state.textContent = `${says.sent} ${answer.name}`;
      file.required = false;
      file.value = '';
    });
    request.send(body);
  });
}
