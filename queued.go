package main

import (
	"errors"
	"fmt"

	"holdfast/connect/schema"
	"holdfast/settings"
)

// unserved reports fields with what is read and checked, and not served yet.
func unserved(s *schema.Schema) error {
	var errs []error
	for _, con := range s.Connectors {
		if con.Write != nil && con.Write.Probe != nil {
			errs = append(errs, settings.Wrong(con.At, fmt.Sprintf("%s has @probe, which is not served yet: take it out of the SDL", con.ID)))
		}
	}
	return errors.Join(errs...)
}

// unkeepable reports fields with @queue whose source is called with its callers'
// credentials: those are not kept, and when a write is sent its caller may be gone.
func unkeepable(s *schema.Schema, set *settings.File) error {
	var errs []error
	for _, con := range s.Connectors {
		if con.Write == nil || con.Write.Queue == nil {
			continue
		}
		name := con.Connector.Source
		if set.Sources[name].Client.Or(set.Defaults.Client).Auth.Forward != nil {
			errs = append(errs, settings.Wrong(con.At, fmt.Sprintf("%s has @queue, and sources.%s.auth.forward has %s called with its callers' credentials: "+
				"those are not kept until it is sent; give the source a credential of its own", con.ID, name, name)))
		}
	}
	return errors.Join(errs...)
}
