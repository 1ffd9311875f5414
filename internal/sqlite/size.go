package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"zombiezen.com/go/sqlite"

	"stele"
)

// DataBytes adds up the folder's files.
func (s *Store) DataBytes(ctx context.Context) (total int64, err error) {
	select {
	case <-s.stop:
		return 0, errClosed
	default:
	}
	err = filepath.WalkDir(s.dir, func(_ string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist): // gone meanwhile
			return nil
		case err != nil || e.IsDir():
			return errors.Join(err, ctx.Err())
		}
		n, err := fileBytes(e.Info())
		total += n
		return errors.Join(err, ctx.Err())
	})
	if err != nil {
		return 0, fmt.Errorf("adding up the data directory: %w", err)
	}
	return total, nil
}

// fileBytes is a file's length, 0 for one that is gone.
func fileBytes(info fs.FileInfo, err error) (int64, error) {
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// mostSurveyed is the largest file of which it is told what each table takes: for that all of its pages are read.
const mostSurveyed = 64 << 20

// Size adds up the agent's files and, where they are not large, the pages of each table, of its indexes and of its index for keywords.
func (d *database) Size(ctx context.Context) (size stele.Size, err error) {
	path := d.store.agents.path(d.id)
	err = d.read(ctx, true, func(_ *agentFile, c *conn) error {
		size = stele.Size{Tables: []stele.TableSize{}}
		for _, name := range []string{path, path + "-wal"} {
			n, err := fileBytes(os.Stat(name))
			if err != nil {
				return err
			}
			size.Bytes += n
		}
		at := map[string]int{} // by the name of an SQL table, which is the table's or that of its index for keywords
		err := c.query(`SELECT id, name, record_count, stored_name, seq FROM _tables ORDER BY seq`, func(s *sqlite.Stmt) error {
			at[s.ColumnText(3)], at["_keyword_"+s.ColumnText(4)] = len(size.Tables), len(size.Tables)
			size.Tables = append(size.Tables, stele.TableSize{ID: stele.TableID(s.ColumnText(0)), Name: s.ColumnText(1), Records: s.ColumnInt64(2), Bytes: -1})
			return nil
		})
		if err != nil || size.Bytes > mostSurveyed {
			return err
		}
		for i := range size.Tables {
			size.Tables[i].Bytes = 0
		}
		return c.query(`SELECT s.tbl_name, d.pgsize FROM dbstat d JOIN sqlite_schema s ON s.name=d.name WHERE d.aggregate=1`, func(s *sqlite.Stmt) error {
			name := s.ColumnText(0)
			if strings.HasPrefix(name, "_keyword_") { // what FTS5 keeps of it is called _keyword_1_data and the like
				name = strings.Join(strings.SplitN(name, "_", 4)[:3], "_")
			}
			if i, ok := at[name]; ok {
				size.Tables[i].Bytes += s.ColumnInt64(1)
			}
			return nil
		})
	})
	return size, err
}
