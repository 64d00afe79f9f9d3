package schema

import "github.com/agnivade/levenshtein"

// nearest is the candidate that name was probably meant to be, or "".
func nearest(name string, candidates []string) string {
	best, distance := "", 1+max(2, len(name)/3)
	for _, c := range candidates {
		if d := levenshtein.ComputeDistance(name, c); d < distance {
			best, distance = c, d
		}
	}
	return best
}

// suggest adds the near miss, if there is one, to the last finding.
func (c *checker) suggest(name string, candidates []string) {
	if near := nearest(name, candidates); near != "" {
		c.hint("did you mean %s?", near)
	}
}
