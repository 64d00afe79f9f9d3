//go:build unix

package main

import (
	"net"
	"os"
	"syscall"
)

// backlog stops l from listening, and returns the connections that clients have
// opened and nobody has accepted: closing l would reset them.
func backlog(l *net.TCPListener) []net.Conn {
	raw, err := l.SyscallConn()
	if err != nil {
		return nil
	}
	var accepted []int
	_ = raw.Control(func(fd uintptr) {
		for {
			switch conn, _, err := syscall.Accept(int(fd)); err {
			case nil:
				syscall.CloseOnExec(conn)
				accepted = append(accepted, conn)
			case syscall.EINTR, syscall.ECONNABORTED:
			default: // there is none
				_ = syscall.Shutdown(int(fd), syscall.SHUT_RDWR)
				return
			}
		}
	})
	var all []net.Conn
	for _, fd := range accepted {
		f := os.NewFile(uintptr(fd), "")
		if c, err := net.FileConn(f); err == nil { // a copy
			all = append(all, c)
		}
		_ = f.Close()
	}
	return all
}
