package audit

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"jieming/registry"
)

// format is the version of the exported form.
const format = 1

// longestLine is the longest line that is read, in bytes: a row and its
// geometry.
const longestLine = 64 << 20

// Write writes a log as one file: JSON lines, gzip. It streams. progress, if
// not nil, is told how many records are written.
func Write(w io.Writer, head Head, log Items, progress func(records int)) error {
	packed := gzip.NewWriter(w)
	out := json.NewEncoder(packed)
	out.SetEscapeHTML(false)
	head.Format = format
	if err := out.Encode(&Item{Head: &head}); err != nil {
		return err
	}
	for item, err := range log {
		if err != nil {
			return err
		}
		if err := out.Encode(item); err != nil {
			return fmt.Errorf("write log: %w", err)
		}
		if progress != nil && (item.Entry != nil || item.Leaf != nil) {
			progress(1)
		}
	}
	return packed.Close()
}

// Read reads what Write wrote. It streams, one line at a time.
func Read(r io.Reader) Items {
	return func(yield func(*Item, error) bool) {
		packed, err := gzip.NewReader(r)
		if err != nil {
			yield(nil, damaged(0, err))
			return
		}
		readLines(packed)(yield)
	}
}

func readLines(r io.Reader) Items {
	return func(yield func(*Item, error) bool) {
		lines := bufio.NewScanner(r)
		lines.Buffer(nil, longestLine)
		line, ended := 0, false
		for lines.Scan() {
			line++
			item := new(Item)
			err := json.Unmarshal(lines.Bytes(), item)
			if err == nil {
				err = item.check(line, ended)
			}
			if err != nil {
				yield(nil, damaged(line, err))
				return
			}
			ended = item.End != nil
			if !yield(item, nil) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield(nil, damaged(line, err))
		} else if !ended {
			yield(nil, damaged(line, errors.New("it ends too early")))
		}
	}
}

func damaged(line int, err error) error {
	return &registry.Error{Kind: registry.KindInvalid, Field: fmt.Sprintf("line %d", line), Message: "this is no exported log, or it is damaged", Err: err}
}

// check refuses a line that is not one thing, or in the wrong place.
func (i *Item) check(line int, ended bool) error {
	set := 0
	for _, is := range []bool{i.Head != nil, i.Entry != nil, i.Leaf != nil, i.Checkpoint != nil, i.Stray != nil, i.End != nil} {
		if is {
			set++
		}
	}
	switch {
	case set != 1:
		return fmt.Errorf("holds %d things, not one", set)
	case ended:
		return errors.New("stands after the end")
	case (i.Head != nil) != (line == 1):
		return errors.New("the head stands in the first line and nowhere else")
	case i.Head != nil && i.Head.Format != format:
		return fmt.Errorf("is of format %d, and this program reads %d", i.Head.Format, format)
	}
	return nil
}
