package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"sort"
	"strings"
	"sync"
)

// The style sheet and the icon are served as written; the islands are built by
// "npm run build", and the pages work without them.
//
//go:embed static
var staticFiles embed.FS

//go:embed all:dist
var distFiles embed.FS

// assetPrefix is where assets are served from.
const assetPrefix = "/assets/"

// asset is a file with its compressed form, made at its first use.
type asset struct {
	body     []byte
	mime     string
	compress func() []byte
}

// assets are files under addresses that carry the digest of their folder, so
// that they may be cached for ever and files of one folder find each other by
// name.
type assets struct {
	files map[string]*asset // by path below assetPrefix
	paths map[string]string // file name → address
}

func readAssets(roots ...fs.FS) (*assets, error) {
	a := &assets{files: map[string]*asset{}, paths: map[string]string{}}
	for _, root := range roots {
		folders, err := readFolders(root)
		if err != nil {
			return nil, fmt.Errorf("reading assets: %w", err)
		}
		for folder, files := range folders {
			a.add(folder, files)
		}
	}
	return a, nil
}

// readFolders returns the files of a tree by folder and path.
func readFolders(root fs.FS) (map[string]map[string][]byte, error) {
	out := map[string]map[string][]byte{}
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
			return err
		}
		data, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		folder := path.Dir(name)
		if out[folder] == nil {
			out[folder] = map[string][]byte{}
		}
		out[folder][name] = data
		return nil
	})
	return out, err
}

func (a *assets) add(folder string, files map[string][]byte) {
	tag := digest(files)
	for name, data := range files {
		address := tag + "/" + path.Base(name)
		a.files[address] = &asset{
			body: data, mime: mimeOf(name),
			compress: sync.OnceValue(func() []byte { return deflate(data) }),
		}
		a.paths[strings.TrimPrefix(name, folder+"/")] = assetPrefix + address
	}
}

func digest(files map[string][]byte) string {
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	sort.Strings(names)
	sum := sha256.New()
	for _, name := range names {
		fmt.Fprintf(sum, "%s\x00%d\x00", name, len(files[name]))
		sum.Write(files[name])
	}
	return hex.EncodeToString(sum.Sum(nil))[:16]
}

// mimeOf names the types we serve; the system's table is not asked, because it
// may miss .mjs, and a browser refuses a module of another type.
func mimeOf(name string) string {
	switch path.Ext(name) {
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	}
	return "application/octet-stream"
}

func deflate(data []byte) []byte {
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression)
	_, _ = w.Write(data)
	_ = w.Close()
	return out.Bytes()
}

// path returns the address of a file, or "" if it was not built.
func (a *assets) path(name string) string { return a.paths[name] }

// ServeHTTP serves an asset for ever: its address changes with its bytes.
func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	file, ok := a.files[strings.TrimPrefix(r.URL.Path, assetPrefix)]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", file.mime)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Vary", "Accept-Encoding")
	body := file.body
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = file.compress()
	}
	h.Set("Content-Length", fmt.Sprint(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}
