package schema

import (
	"slices"

	"github.com/agnivade/levenshtein"
)

// nearest is the candidate that name was probably meant to be, or "".
func nearest(name string, candidates []string) string {
	best, distance := "", 1+max(2, len(name)/3)
	for _, c := range candidates {
		d := levenshtein.ComputeDistance(name, c)
		if d < distance && (d < len(name) || swapped(name, c)) {
			best, distance = c, d
		}
	}
	return best
}

// swapped says whether two words are of the same letters.
func swapped(a, b string) bool {
	x, y := []byte(a), []byte(b)
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}

// meant adds the near miss to the last finding; false if there is none.
func (c *checker) meant(name string, candidates []string) bool {
	near := nearest(name, candidates)
	if near != "" {
		c.hint("did you mean %s?", near)
	}
	return near != ""
}

// suggest adds the near miss to the last finding, or what there is if that is
// little.
func (c *checker) suggest(name string, candidates []string) {
	const little = 8
	if n := len(candidates); !c.meant(name, candidates) && n > 0 && n <= little {
		c.hint("expected %s", list(candidates))
	}
}
