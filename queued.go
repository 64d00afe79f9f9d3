package main

import (
	"errors"
	"fmt"

	"holdfast/connect/schema"
	"holdfast/settings"
)

// unkeepable reports fields whose source is called with its callers' credentials
// though they have @queue, or that the query of a @probe asks: those credentials are
// not kept, and when a write is sent, or looked for, its caller may be gone.
func unkeepable(s *schema.Schema, set *settings.File) error {
	forwards := func(source string) bool {
		return set.Sources[source].Client.Or(set.Defaults.Client).Auth.Forward != nil
	}
	var errs []error
	for _, con := range s.Connectors {
		w := con.Write
		if w == nil {
			continue
		}
		if name := con.Connector.Source; w.Queue != nil && forwards(name) {
			errs = append(errs, settings.Wrong(con.At, fmt.Sprintf("%s has @queue, and sources.%s.auth.forward has %s called with its callers' credentials: "+
				"those are not kept until it is sent; give the source a credential of its own", con.ID, name, name)))
		}
		if w.Probe == nil {
			continue
		}
		for _, name := range w.Probe.Sources {
			if forwards(name) {
				errs = append(errs, settings.Wrong(con.At, fmt.Sprintf("%s has a @probe whose query asks %s, and sources.%s.auth.forward has that called with its callers' credentials: "+
					"nobody calls when it is looked; give the source a credential of its own", con.ID, name, name)))
			}
		}
	}
	return errors.Join(errs...)
}
