package sqlite

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"stele"
)

// takeStock brings folder and catalog together at the start: finishes deletions, sweeps drafts away, and enters agents
// whose files are there although the catalog does not know them. It returns the number of files.
func (s *Store) takeStock() (files int, err error) {
	dead, err := s.catalog.tombstones()
	if err != nil {
		return 0, fmt.Errorf("reading the catalog: %w", err)
	}
	for _, id := range dead {
		if err := s.agents.unlink(id); err != nil {
			return 0, err
		}
		if err := s.catalog.buried(id); err != nil {
			return 0, fmt.Errorf("writing the catalog: %w", err)
		}
	}
	entries, err := os.ReadDir(s.agents.folder)
	if err != nil {
		return 0, fmt.Errorf("reading the data directory: %w", err)
	}
	var strange []stele.AgentID
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), draftSuffix) || strings.HasSuffix(e.Name(), draftSuffix+"-journal") {
			if err := os.Remove(filepath.Join(s.agents.folder, e.Name())); err != nil {
				return 0, fmt.Errorf("sweeping the data directory: %w", err)
			}
			continue
		}
		base, ok := strings.CutSuffix(e.Name(), ".db")
		if !ok {
			continue
		}
		files++
		if id, ok := stele.ParseID[stele.AgentID](base); ok && string(id) == base && !s.catalog.has(id) {
			strange = append(strange, id)
		}
	}
	return files, s.adoptAll(strange)
}

// found is an agent whose file is there without an entry in the catalog.
type found struct {
	stele.AgentInfo
	tables []stele.TableID
}

// adoptAll enters agents that the catalog does not know, oldest first. A file that cannot be read is left alone and
// logged: it must not keep the others from being served.
func (s *Store) adoptAll(ids []stele.AgentID) error {
	var all []found
	for _, id := range ids {
		f, err := s.look(id)
		if err != nil {
			s.opt.Log.Error("an agent's file is not in the catalog and cannot be read; it is left as it is",
				"agent", id, "error", err)
			continue
		}
		all = append(all, f)
	}
	slices.SortStableFunc(all, func(a, b found) int { return int(a.Created - b.Created) })
	for _, f := range all {
		if err := s.adopt(f); err != nil {
			return fmt.Errorf("entering agent %s in the catalog: %w", f.ID, err)
		}
	}
	return nil
}

func (s *Store) look(id stele.AgentID) (f found, err error) {
	file, err := openAgentFile(s.agents.path(id), id, cacheLeast, 1)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, file.close()) }()
	if f.AgentInfo, err = agentInfo(file.writer.conn); err != nil {
		return f, err
	}
	f.tables, err = tableIDs(file.writer.conn)
	return f, err
}

// adopt enters one agent, under another name if its own is taken.
func (s *Store) adopt(f found) error {
	name := f.Name
	for i := 2; s.catalog.check(f.AgentInfo) != nil; i++ {
		tail := "-" + strconv.Itoa(i)
		short := []rune(name)
		f.Name = string(short[:min(len(short), 64-len(tail))]) + tail
	}
	if f.Name != name {
		if err := s.rename(f.AgentInfo); err != nil {
			return err
		}
	}
	if err := s.catalog.addAgent(f.AgentInfo, f.tables); err != nil {
		return err
	}
	s.adopted++
	s.opt.Log.Warn("found an agent that the catalog did not know; its data is complete, its keys are lost",
		"agent", f.ID, "name", f.Name, "tables", len(f.tables))
	return nil
}

// rename writes an agent's new name into its file.
func (s *Store) rename(a stele.AgentInfo) error {
	file, err := openAgentFile(s.agents.path(a.ID), a.ID, cacheLeast, 1)
	if err != nil {
		return err
	}
	return errors.Join(file.writer.conn.exec(`UPDATE _agent SET name=?`, a.Name), file.close())
}
