package cluster

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// oldest is the oldest PostgreSQL the migrations run on.
const oldest = 15

// programs is one PostgreSQL installation of this machine.
type programs struct {
	bin   string // the folder with initdb and postgres
	major int
}

// find chooses the installation to run: the version a data directory was made
// by, or, when want is 0, the newest. Only one with PostGIS will do.
func find(want int) (programs, error) {
	installed := installations()
	var usable []programs
	for _, p := range installed {
		if p.major >= oldest && hasPostGIS(p) {
			usable = append(usable, p)
		}
	}
	if want == 0 && len(usable) > 0 {
		return usable[0], nil
	}
	for _, p := range usable {
		if p.major == want {
			return p, nil
		}
	}
	return programs{}, missing(installed, want)
}

// Program finds a client program, such as pg_dump, of the newest PostgreSQL of
// this machine. A newer one can read an older server, not the other way round.
func Program(name string) (string, error) {
	for _, p := range installations() {
		path := filepath.Join(p.bin, name)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	return "", fmt.Errorf("%s is not installed: install the client programs of PostgreSQL (Debian: apt-get install postgresql-client)", name)
}

// missing says what to install.
func missing(installed []programs, want int) error {
	if want != 0 {
		return fmt.Errorf("the folder was made by PostgreSQL %d, which is not installed with PostGIS: install it (Debian: apt-get install postgresql-%d-postgis-3), or choose another folder", want, want)
	}
	if len(installed) == 0 {
		return errors.New("PostgreSQL is not installed: install it with PostGIS (Debian: apt-get install postgresql postgis postgresql-15-postgis-3, or make demo, which does it)")
	}
	newest := installed[0]
	if newest.major < oldest {
		return fmt.Errorf("PostgreSQL %d in %s is too old: install version %d or newer with PostGIS", newest.major, newest.bin, oldest)
	}
	return fmt.Errorf("PostgreSQL %d in %s has no PostGIS: install it (Debian: apt-get install postgresql-%d-postgis-3)", newest.major, newest.bin, newest.major)
}

// installations lists what is on the PATH, then where Debian and Red Hat keep
// the versions, newest first.
func installations() []programs {
	dirs := []string{}
	if path, err := exec.LookPath("postgres"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			dirs = append(dirs, filepath.Dir(real))
		}
	}
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin"} {
		found, _ := filepath.Glob(pattern) // the only error is a bad pattern
		dirs = append(dirs, found...)
	}
	var all []programs
	for _, dir := range dirs {
		if major := majorVersion(dir); major > 0 {
			all = append(all, programs{bin: dir, major: major})
		}
	}
	slices.SortStableFunc(all, func(a, b programs) int { return b.major - a.major })
	return all
}

var versionPattern = regexp.MustCompile(`PostgreSQL\) (\d+)`)

// majorVersion asks the server of a folder for its version; 0 means that the
// folder holds no complete server.
func majorVersion(bin string) int {
	if _, err := os.Stat(filepath.Join(bin, "initdb")); err != nil {
		return 0
	}
	out, err := exec.Command(filepath.Join(bin, "postgres"), "--version").Output()
	if err != nil {
		return 0
	}
	m := versionPattern.FindSubmatch(out)
	if m == nil {
		return 0
	}
	major, _ := strconv.Atoi(string(m[1])) // the pattern admits digits only
	return major
}

// hasPostGIS looks for the extension's control file where the layouts of
// Debian, Red Hat and a plain build put it.
func hasPostGIS(p programs) bool {
	prefix := filepath.Dir(p.bin)
	for _, share := range []string{
		fmt.Sprintf("/usr/share/postgresql/%d", p.major),
		filepath.Join(prefix, "share"),
		filepath.Join(prefix, "share", "postgresql"),
	} {
		if _, err := os.Stat(filepath.Join(share, "extension", "postgis.control")); err == nil {
			return true
		}
	}
	return false
}

// dataVersion is the major version a data directory was made by, 0 when there
// is none yet.
func dataVersion(dataDir string) (int, error) {
	text, err := os.ReadFile(filepath.Join(dataDir, "PG_VERSION"))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read version of the data directory: %w", err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, fmt.Errorf("read version of the data directory: %w", err)
	}
	return major, nil
}
