package store

import (
	"context"
	"encoding/json"
	"fmt"
)

// Current is the pointer to the archive in use of a name: the object
// "NAME/current.json".
type Current struct {
	Key          string `json:"key"`
	Size         int64  `json:"size"`   // bytes
	SHA256       string `json:"sha256"` // of the archive, in hexadecimal digits
	Tiles        int    `json:"tiles"`
	MinZoom      int    `json:"minzoom"`
	MaxZoom      int    `json:"maxzoom"`
	Datetime     string `json:"datetime"`       // the day shown
	RecordedAsOf int64  `json:"recorded_as_of"` // the log entry up to which the registry was read
	DataDate     string `json:"data_date"`      // of the publication
	ReviewNumber string `json:"review_number,omitempty"`
}

// Pointer is the key of the pointer of a name.
func Pointer(name string) string { return name + "/current.json" }

// ReadCurrent reads the pointer of a name; ErrNotFound if there is none.
func ReadCurrent(ctx context.Context, s Store, name string) (Current, Version, error) {
	content, v, err := ReadAll(ctx, s, Pointer(name))
	if err != nil {
		return Current{}, "", err
	}
	var c Current
	if err := json.Unmarshal(content, &c); err != nil {
		return Current{}, "", fmt.Errorf("read %s: %w: delete it, and build the archive again", Pointer(name), err)
	}
	if err := checkKey(c.Key); err != nil {
		return Current{}, "", fmt.Errorf("read %s: it leads to %w", Pointer(name), err)
	}
	return c, v, nil
}

// SetCurrent makes an archive the one in use, if the pointer still has the
// version old, "" for none; else it fails with ErrConflict.
func SetCurrent(ctx context.Context, s Store, name string, old Version, c Current) error {
	content, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return fmt.Errorf("write pointer: %w", err)
	}
	return s.Swap(ctx, Pointer(name), old, append(content, '\n'))
}
