package filetext

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// What a child may take. A scanned volume of some hundred pages has no text
// and takes a second; a page of a million marks is not worth more.
const (
	pdfTime   = 15 * time.Second
	pdfMemory = 512 << 10 // KiB
	pdfPages  = 1000
)

// ErrNoPDF says that pdftotext is not installed.
var ErrNoPDF = errors.New("pdftotext (Debian package poppler-utils) is not installed, so PDF files are found by their titles only")

// pdf runs pdftotext on a file. Its memory and processor time are limited by
// the shell that starts it, its output and its time by us; it is killed with
// all that it started.
func (r Reader) pdf(ctx context.Context, f *os.File) (string, error) {
	if r.PDFToText == "" {
		return "", ErrNoPDF
	}
	ctx, cancel := context.WithTimeout(ctx, pdfTime)
	defer cancel()
	limits := fmt.Sprintf(`ulimit -v %d && ulimit -t %d && ulimit -f 0 && ulimit -c 0 && exec "$0" "$@"`, pdfMemory, int(pdfTime.Seconds()))
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", limits, r.PDFToText, "-q", "-enc", "UTF-8", "-l", fmt.Sprint(pdfPages), "/dev/fd/3", "-")
	cmd.ExtraFiles = []*os.File{f}
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	var complaint bytes.Buffer
	cmd.Stderr = &limited{&complaint, 4096}
	if err := cmd.Start(); err != nil {
		return "", fmt.Errorf("start pdftotext: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(out, Most))
	enough := len(text) == Most
	if enough {
		cancel()
	}
	if wait := cmd.Wait(); wait != nil && err == nil && !enough {
		err = fmt.Errorf("pdftotext: %w: %s", wait, bytes.TrimSpace(complaint.Bytes()))
	}
	return clean(string(text)), err
}

// limited keeps the first bytes written to it.
type limited struct {
	w    io.Writer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	keep := p[:min(len(p), l.left)]
	l.left -= len(keep)
	_, err := l.w.Write(keep)
	return len(p), err
}
