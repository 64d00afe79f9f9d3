package jetstream

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

const sectorSize = 512 // bytes, which a disk writes whole or not at all

// A disk remembers in which order it was written to, and what it was told to have safe: it is one file of a file system of
// its own (FUSE), under a loop device with ext4 on it.
type disk struct {
	fuse *os.File
	size int64

	mu   sync.Mutex
	now  map[int64][]byte // sectors by number, as they are read; a sector that is not there is zero
	base map[int64][]byte // as it was when the log began
	log  []event
}

// event is a write, or where data is nil that all before is to be safe.
type event struct {
	at   int64
	data []byte
}

// newDisk returns a disk with what is in an image.
func newDisk(image []byte) *disk {
	d := &disk{size: int64(len(image)), now: map[int64][]byte{}}
	write(d.now, 0, image)
	d.base = maps.Clone(d.now)
	return d
}

// write puts data into sectors, which are replaced. Those that are zero take no room.
func write(sectors map[int64][]byte, at int64, data []byte) {
	for len(data) > 0 {
		n, from := at/sectorSize, at%sectorSize
		part := data[:min(int64(len(data)), sectorSize-from)]
		sector := make([]byte, sectorSize)
		copy(sector, sectors[n])
		copy(sector[from:], part)
		if bytes.Count(sector, []byte{0}) == sectorSize {
			delete(sectors, n)
		} else {
			sectors[n] = sector
		}
		at, data = at+int64(len(part)), data[len(part):]
	}
}

func (d *disk) read(at int64, size int) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := make([]byte, max(0, min(int64(size), d.size-at)))
	for done := int64(0); done < int64(len(out)); {
		n, from := (at+done)/sectorSize, (at+done)%sectorSize
		step := min(int64(len(out))-done, sectorSize-from)
		if sector := d.now[n]; sector != nil {
			copy(out[done:done+step], sector[from:])
		}
		done += step
	}
	return out
}

func (d *disk) write(at int64, data []byte) {
	data = bytes.Clone(data)
	d.mu.Lock()
	defer d.mu.Unlock()
	write(d.now, at, data)
	d.log = append(d.log, event{at, data})
}

func (d *disk) flush() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.log = append(d.log, event{})
}

// events is how many there were so far.
func (d *disk) events() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.log)
}

// A cut is how the power goes.
type cut struct {
	at    int     // after so many events
	share float64 // of the sectors that were not safe yet, those that are written all the same
	lies  bool    // the disk has nothing safe, whatever it was told
}

// after is what is on the disk when the power is back: all that was safe, and of what was not, some sectors.
func (d *disk) after(c cut, r *rand.Rand) map[int64][]byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	sectors := maps.Clone(d.base)
	safe := 0
	for i, e := range d.log[:c.at] {
		if e.data == nil && !c.lies {
			safe = i
		}
	}
	for i, e := range d.log[:c.at] {
		if i < safe {
			write(sectors, e.at, e.data)
			continue
		}
		for at := int64(0); at < int64(len(e.data)); at += sectorSize {
			if r.Float64() < c.share {
				write(sectors, e.at+at, e.data[at:min(at+sectorSize, int64(len(e.data)))])
			}
		}
	}
	return sectors
}

// saveTo writes sectors into a file of the disk's size.
func (d *disk) saveTo(t *testing.T, name string, sectors map[int64][]byte) {
	t.Helper()
	f, err := os.Create(name)
	if err == nil {
		err = f.Truncate(d.size)
	}
	for n, sector := range sectors {
		if err == nil {
			_, err = f.WriteAt(sector, n*sectorSize)
		}
	}
	if err = errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

// The protocol of FUSE, as far as one file needs it: include/uapi/linux/fuse.h.
const (
	fuseLookup  = 1
	fuseForget  = 2
	fuseGetattr = 3
	fuseSetattr = 4
	fuseOpen    = 14
	fuseRead    = 15
	fuseWrite   = 16
	fuseStatfs  = 17
	fuseRelease = 18
	fuseFsync   = 20
	fuseFlush   = 25
	fuseInit    = 26
	fuseIntr    = 36
	fuseForgets = 42

	fuseRoot, fuseDisk = 1, 2
	mostWritten        = 128 << 10
	diskName           = "disk"
)

// mount makes the disk the file of that name in dir. It is served until the file system goes.
func (d *disk) mount(t *testing.T, dir string) string {
	t.Helper()
	fd, err := unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skip("there is no FUSE: ", err)
	}
	d.fuse = os.NewFile(uintptr(fd), "/dev/fuse") //nolint:gosec // a descriptor
	options := fmt.Sprintf("fd=%d,rootmode=40000,user_id=0,group_id=0", fd)
	if err := unix.Mount("power", dir, "fuse", 0, options); err != nil {
		t.Skip("only who may mount can have a disk of his own: ", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	go d.serve(fd)
	return filepath.Join(dir, diskName)
}

// serve answers the kernel, one request after the other: what was answered when a flush comes was written before it.
func (d *disk) serve(fd int) {
	request := make([]byte, mostWritten+64<<10)
	for {
		n, err := unix.Read(fd, request)
		switch {
		case errors.Is(err, syscall.EINTR), errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.ENOENT):
			continue
		case err != nil || n < 40:
			return // it is not mounted any more
		}
		in := request[:n]
		code, unique, node := binary.NativeEndian.Uint32(in[4:]), binary.NativeEndian.Uint64(in[8:]), binary.NativeEndian.Uint64(in[16:])
		if code == fuseForget || code == fuseForgets || code == fuseIntr {
			continue
		}
		body, errno := d.answer(code, node, in[40:])
		out := make([]byte, 16, 16+len(body))
		binary.NativeEndian.PutUint32(out[4:], uint32(-int32(errno))) //nolint:gosec // as it is defined
		binary.NativeEndian.PutUint64(out[8:], unique)
		if errno == 0 {
			out = append(out, body...)
		}
		binary.NativeEndian.PutUint32(out, uint32(len(out))) //nolint:gosec // small
		_, _ = unix.Write(fd, out)                           // who does not wait any more does not get it
	}
}

func (d *disk) answer(code uint32, node uint64, in []byte) ([]byte, syscall.Errno) {
	word := func(at int) uint64 { return binary.NativeEndian.Uint64(in[at:]) }
	half := func(at int) uint32 { return binary.NativeEndian.Uint32(in[at:]) }
	switch code {
	case fuseInit:
		const bigWrites, maxPages = 1 << 5, 1 << 22
		return join(uint32(7), uint32(31), uint32(0), half(12)&(bigWrites|maxPages), uint16(16), uint16(12), uint32(mostWritten),
			uint32(1), uint16(mostWritten/4096), uint16(0), [8]uint32{}), 0
	case fuseLookup:
		if node != fuseRoot || string(bytes.TrimRight(in, "\x00")) != diskName {
			return nil, syscall.ENOENT
		}
		return join(uint64(fuseDisk), uint64(1), uint64(3600), uint64(3600), uint64(0), d.attributes(fuseDisk)), 0
	case fuseGetattr, fuseSetattr:
		return join(uint64(3600), uint64(0), d.attributes(node)), 0
	case fuseOpen:
		return join(uint64(1), uint64(0)), 0
	case fuseRead:
		return d.read(int64(word(8)), int(half(16))), 0 //nolint:gosec // within the disk
	case fuseWrite:
		d.write(int64(word(8)), in[40:40+half(16)]) //nolint:gosec // within the disk
		return join(half(16), uint32(0)), 0
	case fuseFsync:
		d.flush()
		return nil, 0
	case fuseFlush, fuseRelease:
		return nil, 0
	case fuseStatfs:
		return make([]byte, 80), 0
	}
	return nil, syscall.ENOSYS
}

// attributes are those of the disk, or of the directory that it is in.
func (d *disk) attributes(node uint64) []byte {
	mode, size := uint32(syscall.S_IFDIR|0o700), uint64(0)
	if node == fuseDisk {
		mode, size = syscall.S_IFREG|0o600, uint64(d.size) //nolint:gosec // not negative
	}
	return join(node, size, size/sectorSize, [3]uint64{}, [3]uint32{}, mode, uint32(1), [3]uint32{}, uint32(4096), uint32(0))
}

func join(parts ...any) []byte {
	var b bytes.Buffer
	for _, part := range parts {
		_ = binary.Write(&b, binary.NativeEndian, part) // into memory
	}
	return b.Bytes()
}

// tool runs a program of the system.
func tool(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput() //nolint:gosec // of this test
	if err != nil {
		t.Fatalf("%s %s: %v: %s", name, strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// attach has a file be a device with a file system at dir, and returns what undoes that.
func attach(t *testing.T, file, dir string) (detach func()) {
	t.Helper()
	device := tool(t, "losetup", "--find", "--show", file)
	err := unix.Mount(device, dir, "ext4", 0, "")
	tool(t, "losetup", "--detach", device) // once nobody uses it
	if err != nil {
		t.Fatalf("mount %s: %v", device, err)
	}
	var once sync.Once
	detach = func() {
		once.Do(func() {
			if err := unix.Unmount(dir, 0); err != nil {
				t.Errorf("unmount %s: %v", device, err)
				_ = unix.Unmount(dir, unix.MNT_DETACH)
			}
		})
	}
	t.Cleanup(detach)
	return detach
}
