package format

import "fmt"

// Limits bound what one foreign file may cost. A zero field means its default,
// so that the zero Limits is the usual choice. The defaults hold every county
// file of China a hundred times over and keep a hostile one from filling
// memory or disk.
type Limits struct {
	MaxBytes              int64 // decompressed bytes; default 4 GiB
	MaxFeatures           int   // default 5,000,000
	MaxVerticesPerFeature int   // default 1,000,000
	MaxVertices           int   // in the whole file; default 200,000,000
	MaxDepth              int   // nesting of JSON values and collections; default 32
	MaxProperties         int   // values of one feature, nested ones included; default 1,000
	MaxValueBytes         int   // one text value; default 1 MiB
	MaxRatio              int   // decompressed to compressed bytes, beyond the first 16 MiB; default 200
	MaxEntries            int   // files in an archive; default 1,000
}

// RatioFloor is the decompressed size, in bytes, up to which no ratio is
// suspicious: small tables of blanks compress a thousandfold.
const RatioFloor = 16 << 20

// WithDefaults returns the limits with every zero field set to its default.
func (l Limits) WithDefaults() Limits {
	set(&l.MaxBytes, 4<<30)
	set(&l.MaxFeatures, 5_000_000)
	set(&l.MaxVerticesPerFeature, 1_000_000)
	set(&l.MaxVertices, 200_000_000)
	set(&l.MaxDepth, 32)
	set(&l.MaxProperties, 1_000)
	set(&l.MaxValueBytes, 1<<20)
	set(&l.MaxRatio, 200)
	set(&l.MaxEntries, 1_000)
	return l
}

func set[T int | int64](field *T, value T) {
	if *field == 0 {
		*field = value
	}
}

// Usage counts what a reader has taken against the limits of its file.
type Usage struct {
	Limits   Limits
	features int
	vertices int
}

// NewUsage starts counting; the limits get their defaults.
func NewUsage(l Limits) *Usage { return &Usage{Limits: l.WithDefaults()} }

// AddFeature counts one feature with its vertices. It returns nil while the
// file is within its limits.
func (u *Usage) AddFeature(vertices int) *Error {
	u.features++
	u.vertices += vertices
	if u.features > u.Limits.MaxFeatures {
		return Fault(fmt.Sprintf("more than %d features", u.Limits.MaxFeatures),
			"split the file, or raise the limit on features")
	}
	if fault := u.CheckVertices(vertices); fault != nil {
		return fault
	}
	if u.vertices > u.Limits.MaxVertices {
		return Fault(fmt.Sprintf("more than %d vertices in the file", u.Limits.MaxVertices),
			"split the file, or raise the limit on vertices")
	}
	return nil
}

// CheckVertices tells whether one feature may have n vertices. Readers ask it
// before they allocate, with the number that the file claims.
func (u *Usage) CheckVertices(n int) *Error {
	if n <= u.Limits.MaxVerticesPerFeature {
		return nil
	}
	return Fault(fmt.Sprintf("more than %d vertices in one feature", u.Limits.MaxVerticesPerFeature),
		"simplify or split the geometry, or raise the limit on vertices per feature")
}
