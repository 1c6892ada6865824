package desk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"jieming/registry"
	"jieming/registry/desk/filetext"
	"jieming/registry/desk/filetype"
)

// Digest is the SHA-256 of the content of a file, by which it is stored.
type Digest [sha256.Size]byte

// ParseDigest reads a digest from 64 hexadecimal digits.
func ParseDigest(s string) (Digest, error) {
	var d Digest
	if n, err := hex.Decode(d[:], []byte(s[:min(len(s), 2*len(d))])); err != nil || n != len(d) || len(s) != 2*len(d) {
		return Digest{}, registry.NotFound("file", s[:min(len(s), 2*len(d))])
	}
	return d, nil
}

// String returns the digest as 64 hexadecimal digits.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// File is a file as it is stored: once for its content, whatever it is called.
type File struct {
	ID     int64 // 0 while no case or template holds it
	Digest Digest
	Bytes  int64
	Media  string
	Pages  int // 0 if not known
}

// UploadID identifies an upload.
type UploadID int64

// Upload is a file that somebody brought and that no case holds yet. It is its
// uploader's alone, and gone after [UploadKept].
type Upload struct {
	ID UploadID
	File
	Name    string // cleaned
	Account AccountID
	At      time.Time
}

// UploadKept is how long an upload waits for the form it belongs to.
const UploadKept = 48 * time.Hour

// Content is the bytes of a stored file. Reading it from beginning to end
// proves its digest before the last bytes are given; reading from elsewhere
// proves it first. A file whose bytes were altered is an error, never data.
type Content interface {
	io.ReadSeekCloser
}

// FileStore keeps files.
type FileStore interface {
	// KeepUpload stores content under u.Digest, if it is not there yet, and
	// notes the upload; it sets u.ID and u.At. text is what search finds it by.
	KeepUpload(ctx context.Context, u *Upload, text string, content io.Reader) error
	// Upload returns an upload of an account; KindNotFound for anybody else's.
	Upload(ctx context.Context, by AccountID, id UploadID) (*Upload, error)
	// File returns what is known of a stored file.
	File(ctx context.Context, d Digest) (*File, error)
	// OpenFile returns the content of a stored file. It holds no connection
	// between reads; close it all the same.
	OpenFile(ctx context.Context, d Digest) (Content, error)
	// SweepUploads forgets uploads of before a time, and content that nothing
	// else holds; it returns how many uploads it forgot.
	SweepUploads(ctx context.Context, before time.Time) (int, error)
}

// Receive takes a file in: it is written to the disk up to the limit, looked
// at, read for search, and stored, in a few fixed buffers of memory. What may
// not come in is a [Fault] of the field file (its cause a filetype.Refusal), or
// KindTooLarge. The right is paper.add, or template.change.
func (d *Desk) Receive(ctx context.Context, p *Principal, name string, content io.Reader) (*Upload, error) {
	if !p.Has(AddPaper) && !p.Has(ChangeTemplates) {
		return nil, &registry.Error{Kind: registry.KindForbidden, Message: "uploading needs the right paper.add"}
	}
	spool, err := spool(content, d.files.Limits.Bytes)
	if err != nil {
		return nil, err
	}
	defer spool.remove()
	typ, err := filetype.Recognise(spool, spool.bytes, name, d.files.Limits)
	if err != nil {
		return nil, refusal(err)
	}
	text, err := d.files.Texts.Text(ctx, spool.File, spool.bytes, typ)
	if err != nil {
		// A file that cannot be read for search is a file all the same.
		d.log.WarnContext(ctx, "no text of an upload", "media", typ.Media, "bytes", spool.bytes, "error", err)
	}
	u := &Upload{File: File{Digest: spool.digest, Bytes: spool.bytes, Media: typ.Media}, Name: filetype.Clean(name, typ), Account: p.Account}
	if err := d.store.KeepUpload(ctx, u, text, io.NewSectionReader(spool, 0, spool.bytes)); err != nil {
		return nil, fmt.Errorf("keep an upload: %w", err)
	}
	return u, nil
}

// FileOptions say what files may be.
type FileOptions struct {
	Limits filetype.Limits // the zero value is filetype.DefaultLimits
	Texts  filetext.Reader // reads them for search
}

// FileLimit is how many bytes a file may have.
func (d *Desk) FileLimit() int64 { return d.files.Limits.Bytes }

// refusal makes a fault of what a file is refused for, so that pages say it in
// the reader's language at the field.
func refusal(err error) error {
	var why *filetype.Refusal
	if !errors.As(err, &why) || registry.KindOf(err) != registry.KindInvalid {
		return err
	}
	var args []any
	for name, value := range why.Args {
		args = append(args, name, value)
	}
	return Refuse("file", "file."+string(why.Reason), why.Error(), args...)
}

// spooled is content on the local disk.
type spooled struct {
	*os.File
	bytes  int64
	digest Digest
}

// spool writes content to a temporary file, at most one byte beyond the limit.
func spool(content io.Reader, limit int64) (*spooled, error) {
	file, err := os.CreateTemp("", "jieming-upload-*")
	if err != nil {
		return nil, fmt.Errorf("spool an upload: %w", err)
	}
	s := &spooled{File: file}
	hash := sha256.New()
	s.bytes, err = io.Copy(io.MultiWriter(file, hash), io.LimitReader(content, limit+1))
	switch {
	case err != nil:
		err = unreadable(err)
	case s.bytes > limit:
		err = filetype.RefuseSize(limit)
	}
	if err != nil {
		s.remove()
		return nil, err
	}
	copy(s.digest[:], hash.Sum(nil))
	return s, nil
}

// unreadable tells an upload that broke off from a disk that is full.
func unreadable(err error) error {
	var disk *os.PathError
	if errors.As(err, &disk) {
		return fmt.Errorf("spool an upload: %w", err)
	}
	return Refuse("file", "file.broken", "the upload broke off; send the file again")
}

func (s *spooled) remove() {
	_ = s.Close()
	_ = os.Remove(s.Name())
}
