package pmtiles

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// level is the level of compression. It is part of what makes two exports
// equal; see decision 0013.
const level = 6

// coder compresses. It is not safe for concurrent use; its tables take more
// than a megabyte, so that it is worth keeping.
type coder struct {
	out bytes.Buffer
	gz  *gzip.Writer
}

func newCoder() *coder {
	gz, err := gzip.NewWriterLevel(nil, level)
	if err != nil {
		panic(err) // a wrong constant
	}
	return &coder{gz: gz}
}

// compress returns b in gzip, without name or time.
func (c *coder) compress(b []byte) []byte {
	c.out.Reset()
	c.gz.Reset(&c.out)
	// A buffer takes everything.
	_, _ = c.gz.Write(b)
	_ = c.gz.Close()
	return bytes.Clone(c.out.Bytes())
}

// decompress returns what was compressed, which may have limit bytes at most.
func decompress(b []byte, c Compression, limit int) ([]byte, error) {
	if c == Plain {
		return b, nil
	}
	gz, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, refuse("decompress: %v", err)
	}
	out, err := io.ReadAll(io.LimitReader(gz, int64(limit)+1))
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, refuse("decompress: the bytes end too early")
	case err != nil:
		return nil, refuse("decompress: %v", err)
	case len(out) > limit:
		return nil, refuse("it decompresses to more than %d bytes", limit)
	}
	return out, nil
}

// trailer tells whether a gzip stream ends like one of content with this
// checksum and length.
func trailer(blob []byte, checksum uint32, length int) bool {
	return len(blob) > 18 && binary.LittleEndian.Uint32(blob[len(blob)-8:]) == checksum &&
		binary.LittleEndian.Uint32(blob[len(blob)-4:]) == uint32(length)
}

// specimen is a text with short and long repetitions, whose compressed form
// tells coders apart.
var specimen = sync.OnceValue(func() []byte {
	var b strings.Builder
	for i := range 4096 {
		fmt.Fprintf(&b, "%x,%d;", i*i*2654435761>>7, i%97)
	}
	return []byte(b.String())
})
