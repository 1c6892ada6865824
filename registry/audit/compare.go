package audit

import (
	"bytes"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
)

// Compare names what differs between a log and an earlier export of it, row by
// row and field by field. Both are read once; an entry of each is in memory. It
// stops where the earlier one ends: what came later is no difference.
func Compare(earlier, now Items) ([]Finding, error) {
	r := &Report{Findings: []Finding{}}
	before, stopBefore := iter.Pull2(grouped(earlier))
	defer stopBefore()
	after, stopAfter := iter.Pull2(grouped(now))
	defer stopAfter()
	for {
		was, err, ok := before()
		if err != nil {
			return nil, fmt.Errorf("earlier log: %w", err)
		}
		if !ok {
			return r.Findings, nil
		}
		is, err, ok := after()
		if err != nil {
			return nil, err
		}
		if !ok {
			r.found(fmt.Sprintf("log entry %d", was.Seq), "and what came after it was removed")
			return r.Findings, nil
		}
		r.compare(was, is)
	}
}

// whole is an entry with its leaves.
type whole struct {
	*Entry
	leaves []*Leaf
}

// grouped joins entries with their leaves and leaves all else out.
func grouped(log Items) iter.Seq2[*whole, error] {
	return func(yield func(*whole, error) bool) {
		var open *whole
		for item, err := range log {
			switch {
			case err != nil:
				yield(nil, err)
				return
			case item.Leaf != nil && open != nil:
				open.leaves = append(open.leaves, item.Leaf)
				continue
			}
			if open != nil && !yield(open, nil) {
				return
			}
			open = nil
			if item.Entry != nil {
				open = &whole{Entry: item.Entry}
			}
		}
		if open != nil {
			yield(open, nil)
		}
	}
}

func (r *Report) compare(was, is *whole) {
	name := fmt.Sprintf("log entry %d", was.Seq)
	if !bytes.Equal(fmt.Append(nil, was.header()), fmt.Append(nil, is.header())) {
		r.found(name, "said %q and says %q", shorten(was.header()), shorten(is.header()))
	}
	type leafKey struct {
		rowKey
		op string
	}
	key := func(l *Leaf) leafKey { return leafKey{rowKey{l.Relation, l.Row}, l.Op} }
	now := map[leafKey]*Leaf{}
	for _, l := range is.leaves {
		now[key(l)] = l
	}
	same := len(was.leaves) == len(is.leaves)
	for i, l := range was.leaves {
		same = same && key(l) == key(is.leaves[i])
		other := now[key(l)]
		delete(now, key(l))
		switch {
		case other == nil:
			r.found(key(l).String(), "was in entry %d and is not any more", was.Seq)
		case l.Stored != nil && other.Stored == nil:
			r.found(key(l).String(), "of entry %d was removed from its table", was.Seq)
		case l.Stored != nil && (l.Stored.Body != other.Stored.Body || !bytes.Equal(l.Stored.Geom, other.Stored.Geom)):
			r.found(key(l).String(), "of entry %d was altered: %s", was.Seq, differences(l.Stored, other.Stored))
		case l.Digest != other.Digest:
			r.found(key(l).String(), "has another digest in entry %d", was.Seq)
		}
	}
	for _, k := range slices.SortedFunc(maps.Keys(now), func(a, b leafKey) int { return strings.Compare(a.String(), b.String()) }) {
		r.found(k.String(), "was not in entry %d and is now", was.Seq)
	}
	if !same && len(was.leaves) == len(is.leaves) {
		r.found(name, "has its leaves in another order")
	}
}

// differences names the fields in which rows differ, with both values.
func differences(was, is *Row) string {
	before, after := fields(was.Body), fields(is.Body)
	var found []string
	for _, name := range slices.Sorted(maps.Keys(union(before, after))) {
		if !bytes.Equal(before[name], after[name]) {
			found = append(found, fmt.Sprintf("%s was %s and is %s", shorten(name), valueOf(before[name]), valueOf(after[name])))
		}
	}
	if !bytes.Equal(was.Geom, is.Geom) {
		found = append(found, "its geometry differs")
	}
	return strings.Join(found, "; ")
}

func valueOf(raw []byte) string {
	if raw == nil {
		return "nothing"
	}
	return shorten(string(raw))
}

func union[V any](a, b map[string]V) map[string]bool {
	all := map[string]bool{}
	for k := range a {
		all[k] = true
	}
	for k := range b {
		all[k] = true
	}
	return all
}
