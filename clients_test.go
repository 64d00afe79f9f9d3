package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestClients has the clients that people use follow an order, over a change, and over another gateway in place of the
// first. Run npm ci in testdata/clients first; without it the test is skipped.
func TestClients(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a process")
	}
	const dir = "testdata/clients"
	if _, err := os.Stat(filepath.Join(dir, "node_modules")); err != nil {
		t.Skip("run npm ci in " + dir)
	}
	w := startWarehouse(t)
	first := startFollowedOver(t, w, "", "127.0.0.1:0")
	node := exec.CommandContext(t.Context(), "node", "follow.mjs", first.url+"/graphql")
	node.Dir, node.Stderr = dir, os.Stderr
	said, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = node.Process.Kill(); _ = node.Wait() })
	lines := bufio.NewScanner(said)
	heard := map[string][]string{}
	hear := func(total int, clients ...string) {
		t.Helper()
		missing := slices.Clone(clients)
		for len(missing) > 0 && lines.Scan() {
			var line struct {
				Client string
				Data   json.RawMessage
			}
			if err := json.Unmarshal(lines.Bytes(), &line); err != nil || line.Data == nil {
				t.Fatalf("%v %s", err, lines.Text())
			}
			heard[line.Client] = append(heard[line.Client], string(line.Data))
			if strings.Contains(string(line.Data), fmt.Sprintf(`"total":%d}`, total)) || strings.HasSuffix(line.Client, "query") {
				missing = slices.DeleteFunc(missing, func(name string) bool { return name == line.Client })
			}
		}
		if len(missing) > 0 {
			t.Fatalf("%q do not hear of %d: %v", missing, total, lines.Err())
		}
	}
	hear(0, "graphql-ws", "graphql-sse", "apollo", "urql", "urql, a query")
	first.changed("w0", "(id: 1)")
	hear(1, "graphql-ws", "graphql-sse", "apollo", "urql")
	address := strings.TrimPrefix(first.url, "http://")
	if err := first.stop(); err != nil {
		t.Fatal(err)
	}
	second := startFollowedOver(t, w, "", address)
	second.changed("w0", "(id: 1)")
	hear(2, "graphql-ws", "graphql-sse", "apollo", "urql")
	for _, client := range []string{"graphql-ws", "graphql-sse", "apollo", "urql"} { // each change once, but for who came again
		if all := heard[client]; len(all) > 4 || !slices.IsSorted(all) {
			t.Errorf("%s heard %q", client, all)
		}
	}
}
