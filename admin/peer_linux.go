package admin

import (
	"errors"
	"net"
	"syscall"
)

// peerOf is the user at the other end of a Unix socket, as the system knows it (SO_PEERCRED).
func peerOf(c net.Conn) (uid int, known bool, err error) {
	socket, ok := c.(*net.UnixConn)
	if !ok {
		return 0, false, errors.New("no Unix socket")
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return 0, false, err
	}
	var cred *syscall.Ucred
	var failed error
	err = raw.Control(func(fd uintptr) {
		cred, failed = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	})
	if err = errors.Join(err, failed); err != nil {
		return 0, false, err
	}
	return int(cred.Uid), true, nil
}
