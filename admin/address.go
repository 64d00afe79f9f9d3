package admin

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"strings"
)

// SocketName is the default socket's in the data directory.
const SocketName = "admin.sock"

// longestSocket is how many bytes the name of a socket may have: the least of what systems allow, but for the zero at
// its end (Linux 108, BSD and macOS 104).
const longestSocket = 107

// An Address is where an admin listener is. The zero value is nowhere.
type Address struct {
	Socket string // path of a Unix socket
	TCP    string // HOST:PORT
}

// Off reports whether there is no listener.
func (a Address) Off() bool { return a == Address{} }

// String is the address as -admin has it.
func (a Address) String() string {
	switch {
	case a.Socket != "":
		return "unix:" + a.Socket
	case a.TCP != "":
		return a.TCP
	}
	return "off"
}

// Own reports whether a is a socket in the data directory, which belongs to who holds that.
func (a Address) Own(data string) bool {
	return a.Socket != "" && data != "" && filepath.Dir(filepath.Clean(a.Socket)) == filepath.Clean(data)
}

// ParseAddress reads unix:PATH, HOST:PORT or off. Of text "" it makes the default: the socket in the directory called
// data; off where data is "", which means that there is none. The error is the operator's to mend.
func ParseAddress(text, data string) (Address, error) {
	path, socket := strings.CutPrefix(text, "unix:")
	switch {
	case text == "off", text == "" && data == "":
		return Address{}, nil
	case text == "":
		return socketAt(filepath.Join(data, SocketName))
	case socket && path == "":
		return Address{}, errors.New("expected the path of a socket, unix:PATH")
	case socket:
		return socketAt(path)
	}
	host, port, err := net.SplitHostPort(text)
	if err != nil || port == "" {
		return Address{}, errors.New("expected unix:PATH, HOST:PORT or off")
	}
	if host == "" {
		return Address{}, fmt.Errorf("expected a host before :%s, such as 127.0.0.1:%s; 0.0.0.0:%s is every address of this machine", port, port, port)
	}
	return Address{TCP: text}, nil
}

func socketAt(path string) (Address, error) {
	if n := len(path); n > longestSocket {
		return Address{}, fmt.Errorf("the path of the admin socket has %d bytes, and no system takes more than %d: %s; "+
			"choose a shorter directory with -data, another path with -admin unix:PATH, or an address with -admin HOST:PORT", n, longestSocket, path)
	}
	return Address{Socket: path}, nil
}

// loopbackText reports whether HOST:PORT is on this machine, whatever names mean elsewhere.
func loopbackText(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// isLoopback reports whether only this machine reaches a.
func isLoopback(a net.Addr) bool {
	at, err := netip.ParseAddrPort(a.String())
	return err == nil && at.Addr().IsLoopback()
}
