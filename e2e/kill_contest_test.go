package e2e

import (
	"fmt"
	"strconv"
	"sync"
)

// Contests of the kill -9 test: several clients import the same ten unique values at about the same time. One of them
// gets all ten, the others none, whoever is killed in between.

// results are the ends of one agent's contests as far as they were acknowledged. Several clients write them down.
type results struct {
	mu   sync.Mutex
	won  map[int]int  // contest to the client whose bid was acknowledged as won
	lost map[int]bool // contests that an acknowledged bid has lost: somebody has won them
	two  []string     // contests with two winners
}

func newResults() *results { return &results{won: map[int]int{}, lost: map[int]bool{}} }

// result takes down how an acknowledged bid ended.
func (r *results) result(contest, client int, won bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !won {
		r.lost[contest] = true
		return
	}
	if other, ok := r.won[contest]; ok {
		r.two = append(r.two, fmt.Sprintf("contest %d was won by clients %d and %d", contest, other, client))
	}
	r.won[contest] = client
}

// checkContests reads an agent's contests and holds them against the results.
func (a *arena) checkContests(agent int) error {
	f := &a.agents[agent]
	rows, owners := map[int]int{}, map[int]int{}
	err := f.each(a.t.Context(), f.contests, func(_ int, r record) error {
		var contest, i int
		if n, err := fmt.Sscanf(fmt.Sprint(r.Value["code"]), "contest%d-%d", &contest, &i); n != 2 {
			return err
		}
		owner, err := strconv.Atoi(fmt.Sprint(r.Value["owner"]))
		if err != nil {
			return err
		}
		if rows[contest] > 0 && owners[contest] != owner {
			return fmt.Errorf("contest %d has rows of two clients", contest)
		}
		rows[contest]++
		owners[contest] = owner
		return nil
	})
	if err != nil {
		return err
	}
	for contest, n := range rows {
		if n != 10 {
			return fmt.Errorf("contest %d has %d rows of 10", contest, n)
		}
	}
	if len(f.results.two) > 0 {
		return fmt.Errorf("%v", f.results.two)
	}
	for contest, client := range f.results.won {
		if owners[contest] != client {
			return fmt.Errorf("contest %d was won by client %d, but has %d rows of client %d", contest, client, rows[contest], owners[contest])
		}
	}
	for contest := range f.results.lost {
		if rows[contest] == 0 {
			return fmt.Errorf("contest %d was lost by somebody, but won by nobody", contest)
		}
	}
	return nil
}
