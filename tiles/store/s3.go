package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// S3 is a store in a bucket of an object store that speaks S3. The server must
// heed If-None-Match and If-Match when objects are put, as Amazon S3, MinIO,
// Ceph and Versity do.
type S3 struct {
	core   minio.Core
	bucket string
	prefix string // "" or ends with "/"
}

var _ Store = (*S3)(nil)

// Account says where an object store is and who asks. It comes from the
// environment and is never printed.
type Account struct {
	Endpoint string // URL; "" means Amazon's
	Region   string // "" means us-east-1
	ID       string
	Secret   string
	Token    string // "" for none
}

// AccountOf reads an account from the variables that Amazon's tools use.
func AccountOf(env func(string) string) Account {
	first := func(names ...string) string {
		for _, name := range names {
			if v := env(name); v != "" {
				return v
			}
		}
		return ""
	}
	return Account{
		Endpoint: first("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
		Region:   first("AWS_REGION", "AWS_DEFAULT_REGION"),
		ID:       env("AWS_ACCESS_KEY_ID"), Secret: env("AWS_SECRET_ACCESS_KEY"), Token: env("AWS_SESSION_TOKEN"),
	}
}

// OpenS3 prepares to use a bucket, and the keys in it that begin with prefix.
// Nothing is sent yet.
func OpenS3(a Account, bucket, prefix string) (*S3, error) {
	if a.ID == "" || a.Secret == "" {
		return nil, errors.New("open store: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and AWS_ENDPOINT_URL unless the store is Amazon's")
	}
	if prefix = strings.Trim(prefix, "/"); prefix != "" {
		if err := checkKey(prefix); err != nil {
			return nil, fmt.Errorf("open store: prefix %w", err)
		}
		prefix += "/"
	}
	if a.Endpoint == "" {
		a.Endpoint = "https://s3.amazonaws.com"
	}
	if a.Region == "" {
		a.Region = "us-east-1"
	}
	u, err := url.Parse(a.Endpoint)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || u.User != nil {
		return nil, errors.New("open store: AWS_ENDPOINT_URL is not an address such as https://objects.example")
	}
	core, err := minio.NewCore(u.Host, &minio.Options{
		Creds: credentials.NewStaticV4(a.ID, a.Secret, a.Token), Secure: u.Scheme == "https", Region: a.Region, MaxRetries: 4,
	})
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	return &S3{core: *core, bucket: bucket, prefix: prefix}, nil
}

// Put implements [Store]. An object of more than 16 MiB travels in parts, one
// of which is in memory at a time.
func (s *S3) Put(ctx context.Context, key string, r io.Reader, size int64) error {
	if err := checkKey(key); err != nil {
		return fmt.Errorf("put: %w", err)
	}
	// Saves sending it all before it is refused.
	if _, err := s.Stat(ctx, key); !errors.Is(err, ErrNotFound) {
		if err == nil {
			err = ErrExists
		}
		return fmt.Errorf("put %s: %w", key, err)
	}
	o := minio.PutObjectOptions{ContentType: contentType(key)}
	o.SetMatchETagExcept("*")
	// The client asks for no byte beyond size, so look for it here.
	whole := &exactly{r: withContext(ctx, r), left: size}
	_, err := s.core.Client.PutObject(ctx, s.bucket, s.prefix+key, whole, size, o)
	if err == nil {
		if _, end := whole.Read(make([]byte, 1)); end != io.EOF {
			err = errors.Join(end, s.Delete(ctx, key))
		}
	}
	if refused(err) {
		err = ErrExists
	}
	return s.wrap("put", key, err)
}

func contentType(key string) string {
	switch {
	case strings.HasSuffix(key, ".pmtiles"):
		return "application/vnd.pmtiles"
	case strings.HasSuffix(key, ".json"):
		return "application/json"
	}
	return "application/octet-stream"
}

// Swap implements [Store].
func (s *S3) Swap(ctx context.Context, key string, old Version, content []byte) error {
	if err := checkSwap(key, content); err != nil {
		return fmt.Errorf("swap: %w", err)
	}
	o := minio.PutObjectOptions{ContentType: contentType(key), CacheControl: "no-cache"}
	if old == "" {
		o.SetMatchETagExcept("*")
	} else {
		o.SetMatchETag(string(old))
	}
	_, err := s.core.Client.PutObject(ctx, s.bucket, s.prefix+key, bytes.NewReader(content), int64(len(content)), o)
	if refused(err) || notFound(err) {
		// The client tries again when an answer is lost: that may have been ours.
		if now, readErr := readWhole(ctx, s, key); readErr == nil && bytes.Equal(now, content) {
			return nil
		}
		err = ErrConflict
	}
	return s.wrap("swap", key, err)
}

// Get implements [Store].
func (s *S3) Get(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	if err := checkKey(key); err != nil {
		return nil, fmt.Errorf("get: %w", err)
	}
	if length == 0 {
		return io.NopCloser(strings.NewReader("")), nil
	}
	var o minio.GetObjectOptions
	switch {
	case offset < 0:
		return nil, fmt.Errorf("get %s: byte %d was asked for", key, offset)
	case length > 0:
		// The client takes the last byte, included.
		o.Set("Range", fmt.Sprintf("bytes=%d-%d", offset, offset+length-1))
	case offset > 0:
		o.Set("Range", fmt.Sprintf("bytes=%d-", offset))
	}
	r, _, _, err := s.core.GetObject(ctx, s.bucket, s.prefix+key, o)
	if err != nil {
		return nil, s.wrap("get", key, err)
	}
	return r, nil
}

// Stat implements [Store].
func (s *S3) Stat(ctx context.Context, key string) (Info, error) {
	if err := checkKey(key); err != nil {
		return Info{}, fmt.Errorf("stat: %w", err)
	}
	o, err := s.core.StatObject(ctx, s.bucket, s.prefix+key, minio.StatObjectOptions{})
	if err != nil {
		return Info{}, s.wrap("stat", key, err)
	}
	return s.info(o), nil
}

func (s *S3) info(o minio.ObjectInfo) Info {
	return Info{Key: strings.TrimPrefix(o.Key, s.prefix), Size: o.Size, Version: Version(strings.Trim(o.ETag, `"`)), Modified: o.LastModified.UTC()}
}

// List implements [Store].
func (s *S3) List(ctx context.Context, prefix string) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		ctx, cancel := context.WithCancel(ctx) // ends the listing when the caller has enough
		defer cancel()
		for o := range s.core.ListObjectsIter(ctx, s.bucket, minio.ListObjectsOptions{Prefix: s.prefix + prefix, Recursive: true}) {
			if o.Err != nil {
				yield(Info{}, s.wrap("list", prefix, o.Err))
				return
			}
			if info := s.info(o); checkKey(info.Key) == nil && !yield(info, nil) {
				return
			}
		}
		if err := ctx.Err(); err != nil {
			yield(Info{}, s.wrap("list", prefix, err))
		}
	}
}

// Delete implements [Store].
func (s *S3) Delete(ctx context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return fmt.Errorf("delete: %w", err)
	}
	err := s.core.RemoveObject(ctx, s.bucket, s.prefix+key, minio.RemoveObjectOptions{})
	if notFound(err) {
		return nil
	}
	return s.wrap("delete", key, err)
}

// refused tells whether a server answered that a condition did not hold.
func refused(err error) bool {
	status := minio.ToErrorResponse(err).StatusCode
	return err != nil && (status == http.StatusPreconditionFailed || status == http.StatusConflict)
}

func notFound(err error) bool {
	code := minio.ToErrorResponse(err).Code
	return err != nil && (code == minio.NoSuchKey || code == "NotFound")
}

// wrap says what was done to which object, and what to do about the errors of
// servers that operators can mend.
func (s *S3) wrap(doing, key string, err error) error {
	switch answer := minio.ToErrorResponse(err); {
	case err == nil:
		return nil
	case notFound(err):
		err = ErrNotFound
	case answer.Code == minio.NoSuchBucket:
		err = fmt.Errorf("there is no bucket %q: create it first", s.bucket)
	case answer.StatusCode == http.StatusForbidden, answer.StatusCode == http.StatusUnauthorized:
		err = fmt.Errorf("%w: check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the rights to bucket %q", err, s.bucket)
	}
	return fmt.Errorf("%s %s%s in bucket %s: %w", doing, s.prefix, key, s.bucket, err)
}
