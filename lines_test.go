package main

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// written are the calls of Write.
type written []string

func (w *written) Write(p []byte) (int, error) {
	*w = append(*w, string(p))
	return len(p), nil
}

func TestLinesOfOneMomentAreWrittenTogether(t *testing.T) {
	long := strings.Repeat("x", mostOfText)
	tests := map[string]struct {
		lines []string // "" waits for a moment, "." closes
		want  written
	}{
		"one":                   {[]string{"a\n", ""}, written{"a\n"}},
		"several":               {[]string{"a\n", "b\n", "", "c\n", "", ""}, written{"a\nb\n", "c\n"}},
		"not yet":               {[]string{"a\n"}, nil},
		"many, before":          {[]string{"a\n", long, "b\n"}, written{"a\n" + long}},
		"at the end":            {[]string{"a\n", ".", ""}, written{"a\n"}},
		"each that comes later": {[]string{"a\n", ".", "b\n", "c\n"}, written{"a\n", "b\n", "c\n"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var got written
				l := &lines{to: &got}
				for _, line := range test.lines {
					switch line {
					case "":
						time.Sleep(gathered)
						synctest.Wait()
					case ".":
						l.close()
					default:
						if n, err := l.Write([]byte(line)); n != len(line) || err != nil {
							t.Fatal(n, err)
						}
					}
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Error(diff)
				}
				l.close()
			})
		})
	}
}
