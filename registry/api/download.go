package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"jieming/registry"
	"jieming/registry/export"
)

// Downloads is what files are made with.
type Downloads struct {
	Registry export.Registry
	Shelf    *export.Shelf
	// Map makes the archive of tiles of an edition at path, and tells how far it
	// is. Nil means that there is no layer map.
	Map func(ctx context.Context, e export.Edition, path string, progress func(done, total int)) error
	// Patience is how long a request waits for its file; 0 means 20 seconds.
	Patience time.Duration
}

// layers are those that can be had here.
func (d *Downloads) layers() []export.Layer {
	layers := export.Layers()
	if d.Map == nil {
		layers = layers[:len(layers)-1] // the map comes last
	}
	return layers
}

// ResolveEdition turns the texts of the parameters datetime and recorded-as-of,
// each of which may be empty, into what a file shows, as ResolveInstant does.
func ResolveEdition(ctx context.Context, reg registry.Registry, now time.Time, datetime, recordedAsOf string) (export.Edition, error) {
	in := &Clocks{Datetime: datetime, Recorded: Recorded{RecordedAsOf: recordedAsOf}}
	if err := in.parse(now); err != nil {
		return export.Edition{}, err
	}
	m, err := fix(ctx, reg, in.question)
	if err != nil {
		return export.Edition{}, err
	}
	m.begins = Options{}.withDefaults().RecordBegins
	return m.edition(), nil
}

func (m *moment) edition() export.Edition {
	return export.Edition{Publication: m.publication, Day: m.at.Valid, Begins: m.begins}
}

const dataPath = "/data"

func (s *server) downloadRoutes() {
	index := operation("listFiles", dataPath, tagFiles, "What can be downloaded", "The layers and tables, the formats in which each can be had, what their columns mean, and the addresses of the files at the instant asked about.")
	describe[FileIndex](s, &index, typeJSON)
	index.Responses["200"].Headers["Cache-Control"] = header("The sizes and states of files change", "no-cache")
	refer(&index, registry.KindUnavailable)
	handle(s, index, s.fileIndex)

	file := operation("getFile", dataPath+"/{layer}.{format}", tagFiles, "A layer as a file",
		"A layer at an instant, as a file that states day, publication, attribution, 审图号 and coordinate system. "+
			"Tables that span all days have no datetime. Files are made once and kept for others; one that takes long answers 503 with Retry-After, and a page that shows the progress in a browser, until it is there. "+
			"Byte ranges are served, so that a download can be resumed and a PMTiles archive be read in place.")
	describeFile(&file)
	handle(s, file, s.file)
}

// describeFile documents the answer of a download.
func describeFile(op *huma.Operation) {
	describeBody(op, "", nil)
	answer := op.Responses["200"]
	answer.Content = map[string]*huma.MediaType{}
	for _, f := range export.Formats() {
		answer.Content[f.MediaType()] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary", Description: "The file"}}
	}
	describeMoment(op, true)
	delete(answer.Headers, "Content-Crs")
	answer.Headers["Content-Disposition"] = header("The name of the file", `attachment; filename="jieming-county-2019-06-01.gpkg"`)
	answer.Headers["Accept-Ranges"] = header("Byte ranges are served", "bytes")
	op.Responses["206"] = &huma.Response{Description: "The part of the file that Range asks for.", Content: answer.Content}
	refer(op, kindRange)
}

// The parts of the address of a file.
type (
	layerParam  string
	formatParam string
)

// Schema describes the parameter.
func (layerParam) Schema(huma.Registry) *huma.Schema {
	schema := &huma.Schema{Type: huma.TypeString}
	for _, l := range export.Layers() {
		schema.Enum = append(schema.Enum, l.Name)
	}
	return schema
}

// Schema describes the parameter.
func (formatParam) Schema(huma.Registry) *huma.Schema {
	schema := &huma.Schema{Type: huma.TypeString}
	for _, f := range export.Formats() {
		schema.Enum = append(schema.Enum, string(f))
	}
	return schema
}

// FileInput names a file.
type FileInput struct {
	Clocks
	Layer  layerParam  `path:"layer" example:"county" doc:"What the file holds; /data lists the layers"`
	Format formatParam `path:"format" example:"gpkg" doc:"The kind of file; /data lists those of each layer"`
	layer  export.Layer
	format export.Format
}

func (in *FileInput) parse(now time.Time) (err error) {
	if in.layer, err = export.Find(string(in.Layer)); err != nil {
		return err
	}
	if in.format, err = in.layer.Format(string(in.Format)); err != nil {
		return err
	}
	if in.Datetime != "" && !in.layer.Dated {
		return registry.Invalid("datetime", "the table "+in.layer.Name+" spans all days; leave datetime out")
	}
	return in.Clocks.parse(now)
}

// download is a file on its way to a client.
type download struct {
	*call
	edition export.Edition
	layer   export.Layer
	format  export.Format
	key     string
}

// program names what writes the files: other versions may write other bytes.
func (s *server) program() string { return apiVersion + " " + s.Version }

// shelved is the name of the file on the shelf.
func (d *download) shelved() string {
	return d.edition.Stem(d.layer) + "." + d.key + "." + string(d.format)
}

func (s *server) file(c *call, in *FileInput) error {
	if err := in.parse(s.Now()); err != nil {
		return err
	}
	if in.layer.Name == export.Map && s.Downloads.Map == nil {
		return registry.NotFound("layer", export.Map)
	}
	if err := s.Stops().Refuse(stoppedWith(in.layer)...); err != nil {
		return err
	}
	m, err := fix(c.ctx(), s.reg, in.asked())
	if err != nil {
		return err
	}
	m.begins = s.RecordBegins
	d := &download{call: c, edition: m.edition(), layer: in.layer, format: in.format}
	d.key = d.edition.Key(d.layer, d.format, c.program())
	if m.announceAs(c, `"`+d.key+`"`, d.layer.Dated) {
		notModified(c.w)
		return nil
	}
	return d.answer()
}

// stoppedWith are the layers that take a file with them.
func stoppedWith(l export.Layer) []registry.Layer {
	with := []registry.Layer{registry.DownloadLayer}
	for _, one := range registry.Layers() {
		if l.Name == export.Map || string(one) == l.Name {
			with = append(with, one)
		}
	}
	switch l.Name {
	case "line":
		with = append(with, registry.BoundaryLayer)
	case "unrefined":
		with = append(with, registry.CountyLayer)
	}
	return with
}

// answer sends the file. HEAD does not have it made.
func (d *download) answer() error {
	get := d.fetch
	if d.r.Method == http.MethodHead {
		get = func() (*os.File, error) { return d.Downloads.Shelf.Open(d.shelved()) }
	}
	f, err := get()
	switch {
	case errors.Is(err, os.ErrNotExist) && d.r.Method == http.MethodHead:
		d.describe()
		return nil
	case errors.Is(err, export.ErrMaking) && d.ctx().Err() == nil:
		return d.wait()
	case errors.Is(err, export.ErrBusy) && d.ctx().Err() == nil:
		return &registry.Error{Kind: registry.KindUnavailable, Message: "as many files as this service makes at a time are being made; try again in a few seconds", Err: err}
	case err != nil:
		return err
	}
	defer f.Close()
	return d.send(f)
}

func (d *download) describe() {
	header := d.w.Header()
	header.Set("Content-Type", d.format.MediaType())
	header.Set("Content-Disposition", `attachment; filename="`+d.edition.FileName(d.layer, d.format)+`"`)
	header.Set("Accept-Ranges", "bytes")
}

// slowest is the pace, in bytes a second, below which a transfer is broken off.
const slowest = 32 << 10

// send sends the file, or the part of it that is asked for. It lasts as long as
// a slow reader needs, longer than other answers may.
func (d *download) send(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("reading a download: %w", err)
	}
	d.describe()
	until := time.Now().Add(time.Minute + time.Duration(info.Size()/slowest)*time.Second)
	if err := http.NewResponseController(d.w).SetWriteDeadline(until); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("sending a download: %w", err)
	}
	out := &partWriter{ResponseWriter: d.w}
	http.ServeContent(out, d.r, "", time.Time{}, f)
	if out.refused {
		return &registry.Error{Kind: kindRange, Message: fmt.Sprintf("the file has %d bytes; ask for bytes within it, or for all of it", info.Size())}
	}
	return nil
}

// partWriter keeps back the answer to a range that cannot be had, so that it
// becomes a problem like others.
type partWriter struct {
	http.ResponseWriter
	refused bool
}

func (w *partWriter) WriteHeader(status int) {
	if w.refused = status == http.StatusRequestedRangeNotSatisfiable; !w.refused {
		w.ResponseWriter.WriteHeader(status)
	}
}

func (w *partWriter) Write(b []byte) (int, error) {
	if w.refused {
		return len(b), nil
	}
	return w.ResponseWriter.Write(b)
}

// glance is how long the page that shows the progress waits before it shows it
// anew.
const glance = 2 * time.Second

// reserve is what a request that waits for its file leaves of its own time, to
// answer that the file is not there yet.
const reserve = 3 * time.Second

// fetch takes the file from the shelf, on which it is put first if need be.
func (d *download) fetch() (*os.File, error) {
	wait := cmp.Or(d.Downloads.Patience, 20*time.Second)
	if _, begun := d.Downloads.Shelf.Making(d.shelved()); begun && d.wantsPage() {
		wait = min(wait, glance)
	}
	if deadline, ok := d.ctx().Deadline(); ok {
		left := time.Until(deadline)
		wait = min(wait, max(left-reserve, left/2))
	}
	ctx, cancel := context.WithTimeout(d.ctx(), wait)
	defer cancel()
	return d.Downloads.Shelf.Get(ctx, export.Order{Name: d.shelved(), Heavy: d.format == export.PMTiles, Make: d.make})
}

// make writes the file. It outlives the request.
func (d *download) make(ctx context.Context, path string, progress func(done, total int)) error {
	if d.format == export.PMTiles {
		return d.Downloads.Map(ctx, d.edition, path, progress)
	}
	_, err := export.Write(ctx, d.Downloads.Registry, d.edition, d.layer, d.format, path, export.Options{
		MaxBytes: d.Downloads.Shelf.MaxBytes(), Progress: func(rows int) { progress(rows, 0) }})
	return err
}
