package signature

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// most of what one delivery may have, so that checking it costs little.
const (
	mostSignatures = 8
	mostText       = 512 // bytes of a header's value that is looked at
)

// Verify reports whether d was signed with one of keys, at about now. It takes as long for every signature of its
// length, and says nothing of the body, which is not read but for being signed. The error is an *[Error].
func (s *Scheme) Verify(d *Delivery, keys []Key, now time.Time) error {
	found := s.read(d.Header)
	if len(found.signatures) == 0 {
		return refused(Unsigned)
	}
	if s.clock.tolerance > 0 {
		at, ok := s.clock.unit.parse(found.time)
		switch {
		case !ok:
			return refused(Unsigned)
		case now.Sub(at) > s.clock.tolerance:
			return refused(TooOld)
		case at.Sub(now) > s.clock.tolerance:
			return refused(InTheFuture)
		}
	}
	if s.id != "" && found.id == "" {
		return refused(Unsigned)
	}
	genuine := false
	for _, k := range keys {
		if len(k.secret) == 0 {
			continue
		}
		mac := hmac.New(sha256.New, k.secret)
		s.write(mac, d, found)
		sum := mac.Sum(nil)
		for _, signature := range found.signatures {
			if hmac.Equal(sum, signature) {
				genuine = true // the others are looked at all the same
			}
		}
	}
	if !genuine {
		return refused(Wrong)
	}
	return nil
}

// Sign has the headers in h that s signs d with, as its sender would with a key at that time. Headers that d has by
// itself, such as an id that is signed, are there before.
func (s *Scheme) Sign(h http.Header, d *Delivery, k Key, now time.Time) {
	text := s.clock.unit.format(now)
	if s.clock.header != "" {
		h.Set(s.clock.header, text)
	}
	mac := hmac.New(sha256.New, k.secret)
	s.write(mac, d, signed{time: text, id: h.Get(s.id)})
	signature := s.prefix + s.encoding.format(mac.Sum(nil))
	switch s.form {
	case listed:
		signature = "t=" + text + ",v1=" + signature
	case spaced:
		signature = "v1," + signature
	}
	h.Set(s.header, signature)
}

// signed is what a delivery's headers have.
type signed struct {
	signatures [][]byte
	time, id   string
}

// read finds what is in headers. What cannot be read is not there: others may have added it.
func (s *Scheme) read(h http.Header) signed {
	var found signed
	for _, value := range h.Values(s.header) {
		for text := range s.form.split(value, &found.time) {
			signature, ok := s.encoding.parse(strings.TrimPrefix(text, s.prefix))
			if ok && strings.HasPrefix(text, s.prefix) && len(found.signatures) < mostSignatures {
				found.signatures = append(found.signatures, signature)
			}
		}
	}
	if s.clock.header != "" {
		found.time = only(h, s.clock.header)
	}
	if s.id != "" {
		found.id = only(h, s.id)
	}
	return found
}

// only is the value of a header that is there once.
func only(h http.Header, name string) string {
	if all := h.Values(name); len(all) == 1 && len(all[0]) <= mostText {
		return all[0]
	}
	return ""
}

// split yields the signatures in a value, and sets the time if the form has one.
func (f form) split(value string, at *string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		if len(value) > mostSignatures*mostText {
			return
		}
		switch f {
		case alone:
			yield(value)
		case listed:
			for pair := range strings.SplitSeq(value, ",") {
				name, text, _ := strings.Cut(strings.TrimSpace(pair), "=")
				if name == "t" {
					*at = text
				}
				if name == "v1" && !yield(text) {
					return
				}
			}
		case spaced:
			for pair := range strings.SplitSeq(value, " ") {
				if text, ok := strings.CutPrefix(pair, "v1,"); ok && !yield(text) {
					return
				}
			}
		}
	}
}

// write writes what is signed. A hash takes everything.
func (s *Scheme) write(to hash.Hash, d *Delivery, found signed) {
	for _, p := range s.signed {
		switch p {
		case method:
			_, _ = io.WriteString(to, d.Method)
		case url:
			_, _ = io.WriteString(to, d.URL)
		case body:
			_, _ = to.Write(d.Body)
		case timestamp:
			_, _ = io.WriteString(to, found.time)
		case id:
			_, _ = io.WriteString(to, found.id)
		default:
			_, _ = io.WriteString(to, string(p))
		}
	}
}

// parse decodes a signature; not ok: it is none.
func (e encoding) parse(text string) (signature []byte, ok bool) {
	var err error
	if e == inBase64 {
		signature, err = base64.StdEncoding.DecodeString(text)
	} else {
		signature, err = hex.DecodeString(text)
	}
	return signature, err == nil && len(signature) == sha256.Size
}

func (e encoding) format(signature []byte) string {
	if e == inBase64 {
		return base64.StdEncoding.EncodeToString(signature)
	}
	return hex.EncodeToString(signature)
}

func (u unit) parse(text string) (at time.Time, ok bool) {
	if u == iso {
		at, err := time.Parse(time.RFC3339, text)
		return at, err == nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	const most = 1 << 53 // beyond which a time has no meaning
	if err != nil || n < 0 || n > most {
		return time.Time{}, false
	}
	if u == milliseconds {
		return time.UnixMilli(n), true
	}
	return time.Unix(n, 0), true
}

func (u unit) format(at time.Time) string {
	switch u {
	case iso:
		return at.UTC().Format(time.RFC3339)
	case milliseconds:
		return strconv.FormatInt(at.UnixMilli(), 10)
	}
	return strconv.FormatInt(at.Unix(), 10)
}
