package cli

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"stele/internal/datafile"
)

// repairFile takes refused rows as they stand in their file, with the reason behind. It is made when the first one comes.
type repairFile struct {
	path string
	plan *datafile.Plan
	file *os.File
	buf  *bufio.Writer
	w    *datafile.Writer
}

// repairPaths says where the refused rows of each file go: beside it, and never into a file that is imported or into another one's. What is
// only tried has places of its own, so that nothing is lost that somebody may be mending.
func repairPaths(files []string, given string, tried bool) ([]string, error) {
	taken := func(path string) bool {
		return slices.ContainsFunc(files, func(f string) bool { return sameFile(f, path) })
	}
	if given != "" {
		if taken(given) {
			return nil, fmt.Errorf("--repair %s is a file to be imported, and would be overwritten: name another", given)
		}
		return []string{given}, nil
	}
	var paths []string
	for _, f := range files {
		path := repairName(f, false, tried)
		for n := 1; slices.Contains(paths, path) || taken(path); n++ {
			path = repairName(f, true, tried)
			if n > 1 {
				path = strings.TrimSuffix(path, "csv") + strconv.Itoa(n) + ".csv"
			}
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// sameFile reports whether two paths lead to one file that is there.
func sameFile(a, b string) bool {
	if a == b {
		return true
	}
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// repairName is a file's name with another ending, or behind its own if that is to stay.
func repairName(path string, whole, tried bool) string {
	end := ".rejected.csv"
	if tried {
		end = ".dry-run" + end
	}
	if path == "-" {
		return "stdin" + end
	}
	if whole {
		return path + end
	}
	dir, base := filepath.Split(path)
	for _, packed := range []string{".gz", ".zst"} {
		base = strings.TrimSuffix(base, packed)
	}
	return dir + strings.TrimSuffix(base, filepath.Ext(base)) + end
}

func (r *repairFile) add(cells []datafile.Cell, reason string) error {
	if r.file == nil {
		if err := r.begin(); err != nil {
			return err
		}
	}
	row := make([]datafile.Cell, 0, len(r.plan.Columns)+1)
	for i, c := range r.plan.Columns {
		switch {
		case c.Source == reasonColumn: // of the import before
		case i < len(cells):
			row = append(row, cells[i])
		default:
			row = append(row, datafile.Cell{})
		}
	}
	return r.w.Write(append(row, datafile.Cell{Kind: datafile.Text, Text: reason}))
}

func (r *repairFile) begin() (err error) {
	if r.file, err = os.Create(r.path); err != nil {
		return unwritable(r.path, err)
	}
	var columns []datafile.Column
	for _, c := range r.plan.Columns {
		name := c.Source
		if name == "" {
			name = c.Name
		}
		if name != reasonColumn {
			columns = append(columns, datafile.Column{Name: name})
		}
	}
	r.buf = bufio.NewWriter(r.file)
	r.w, err = datafile.Create(r.buf, datafile.CSV, append(slices.Clip(columns), datafile.Column{Name: reasonColumn}), datafile.WriteOptions{})
	return err
}

// written is the file's name, "" if there is none.
func (r *repairFile) written() string {
	if r.file == nil {
		return ""
	}
	return r.path
}

func (r *repairFile) close() error {
	if r.file == nil {
		return nil
	}
	var err error
	if r.w != nil {
		err = r.w.Close()
	}
	if r.buf != nil {
		if e := r.buf.Flush(); err == nil {
			err = e
		}
	}
	if e := r.file.Close(); err == nil {
		err = e
	}
	return err
}
