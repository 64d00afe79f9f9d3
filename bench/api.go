package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// post and user are what the API of the public benchmark has.
type post struct {
	ID     int    `json:"id"`
	UserID int    `json:"userId"`
	Title  string `json:"title"`
	Body   string `json:"body"`
}

type user struct {
	ID       int    `json:"id"`
	Name     string `json:"name"`
	Username string `json:"username"`
	Email    string `json:"email"`
	Phone    string `json:"phone"`
	Website  string `json:"website"`
}

// api is a hundred posts of ten users. All may be kept for an hour.
func api() http.Handler {
	posts := make([]post, 100)
	for i := range posts {
		posts[i] = post{
			ID: i + 1, UserID: i/10 + 1,
			Title: fmt.Sprint("sunt aut facere repellat provident occaecati ", i),
			Body:  "quia et suscipit suscipit recusandae consequuntur expedita et cum reprehenderit molestiae ut ut quas totam nostrum rerum est autem sunt rem eveniet architecto",
		}
	}
	users := map[string]user{}
	for i := range 10 {
		id := strconv.Itoa(i + 1)
		users[id] = user{i + 1, "Leanne Graham " + id, "Bret" + id, "Sincere" + id + "@april.biz", "1-770-736-8031 x56442", "hildegard.org"}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /posts", func(w http.ResponseWriter, _ *http.Request) { answer(w, posts) })
	mux.HandleFunc("GET /greet", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]string{"greeting": "Hello World!"})
	})
	mux.HandleFunc("GET /users/{id}", func(w http.ResponseWriter, r *http.Request) { answer(w, users[r.PathValue("id")]) })
	mux.HandleFunc("GET /users", func(w http.ResponseWriter, r *http.Request) {
		found := []user{} // ?id=1&id=2, and ?id=1,2
		for id := range strings.SplitSeq(strings.Join(r.URL.Query()["id"], ","), ",") {
			if u, ok := users[id]; ok {
				found = append(found, u)
			}
		}
		answer(w, found)
	})
	return mux
}

func answer(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "max-age=3600")
	_ = json.NewEncoder(w).Encode(value) // the client is gone
}

// limit answers everything with what is read from body, having computed for so long:
// with none, nothing in Go's net/http is faster than that.
func limit(address string, body io.Reader, computing time.Duration) error {
	same, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	length := strconv.Itoa(len(same))
	return listen(address, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		for from := time.Now(); computing > 0 && time.Since(from) < computing; {
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", length)
		_, _ = w.Write(same)
	}))
}

func listen(address string, h http.Handler) error {
	s := http.Server{Addr: address, Handler: h, ReadHeaderTimeout: time.Minute}
	if err := s.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
