//go:build !unix

package main

import "net"

// backlog is empty where it cannot be looked at.
func backlog(*net.TCPListener) []net.Conn { return nil }
