package web

import "strings"

// key is a line of the help of the map: keys of the keyboard and what they do,
// as the end of a key of the catalogue.
type key struct {
	Keys []string
	Does string
}

// keys makes the lines of the help from pairs such as "[ ]", "year".
func keys(pairs ...string) []key {
	var out []key
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, key{Keys: strings.Fields(pairs[i]), Does: pairs[i+1]})
	}
	return out
}
