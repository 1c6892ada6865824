package format

import (
	"errors"
	"fmt"
	"io"
)

// A Budget is the number of decompressed bytes that a file may still yield. It
// also watches the ratio to the compressed size: a bomb has to be small.
type Budget struct {
	limits     Limits
	compressed int64 // size of the compressed file, 0 if it is not compressed
	used       int64
}

// NewBudget starts a budget. compressed is the size in bytes of the compressed
// file, 0 for a plain one.
func NewBudget(l Limits, compressed int64) *Budget {
	return &Budget{limits: l.WithDefaults(), compressed: compressed}
}

// NewReader returns r charged to the budget. When it is spent, Read returns an
// *Error.
func (b *Budget) NewReader(r io.Reader) io.Reader { return &budgetReader{b, r} }

func (b *Budget) spend(n int) *Error {
	b.used += int64(n)
	if b.used > b.limits.MaxBytes {
		return Fault(fmt.Sprintf("more than %d bytes of data", b.limits.MaxBytes),
			"split the file, or raise the limit on bytes")
	}
	if b.compressed > 0 && b.used > RatioFloor && b.used/int64(b.limits.MaxRatio) > b.compressed {
		return Fault(fmt.Sprintf("unpacks to more than %d times its size", b.limits.MaxRatio),
			"if the file is genuine, unpack it and import the result")
	}
	return nil
}

type budgetReader struct {
	budget *Budget
	r      io.Reader
}

func (r *budgetReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if fault := r.budget.spend(n); fault != nil {
		return 0, fault
	}
	return n, err
}

// Locate turns any error of reading the bytes of a file into an *Error in that
// file; an *Error keeps what it says. It returns nil for nil.
func Locate(err error, file, problem, advice string) *Error {
	if err == nil {
		return nil
	}
	if fault, ok := errors.AsType[*Error](err); ok {
		return fault.InFile(file)
	}
	return Fault(problem, advice).Because(err).InFile(file)
}
