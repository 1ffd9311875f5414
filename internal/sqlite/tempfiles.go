package sqlite

import (
	"fmt"
	"sync/atomic"
	"syscall"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
	"zombiezen.com/go/sqlite"
)

// A worker may write to no file, and temp_store=memory has SQLite sort a list of records that were allocated one by one. So a worker
// has temporary files, and they are in memory: SQLite then sorts a few megabytes at a time in one block and merges what it wrote.
const (
	tempMost  = 256 << 20 // of all temporary files of a worker, of whose workerMemory some 117 MiB are reserved at rest
	tempChunk = 256 << 10
)

// tempSpace is the VFS of a worker: it keeps files without a name, which are the temporary ones, and leaves all others to disk. It and its
// files are no memory of Go's, whose collector would go through it. Chunks are the operating system's, and given back when a file is closed:
// the engine's allocator keeps what was freed, the more the more is in use, and all that counts against the worker's bound.
type tempSpace struct {
	vfs     lib.Tsqlite3_vfs // first, since the engine hands its address on
	methods lib.Tsqlite3_io_methods
	disk    uintptr      // the VFS that was there before
	used    atomic.Int64 // bytes
}

// tempFile is an open file, as the engine hands it on.
type tempFile struct {
	methods uintptr // first, where the engine looks for it
	space   uintptr
	chunks  uintptr
	size    int64
}

// tempChunks are the addresses of a file's chunks; 0 where nothing was written.
type tempChunks [tempMost / tempChunk]uintptr

// keepTempFiles has all connections that this process opens from now on keep their temporary files in memory.
func keepTempFiles() error {
	t := libc.NewTLS()
	defer t.Close()
	disk := lib.Xsqlite3_vfs_find(t, 0)
	name, err := libc.CString("temporary files in memory")
	address := allocate(t, unsafe.Sizeof(tempSpace{}))
	if disk == 0 || err != nil || address == 0 {
		return fmt.Errorf("keeping temporary files in memory: %w", sqlite.ResultNoMem.ToError())
	}
	s := (*tempSpace)(memory(address))
	s.disk, s.vfs = disk, *(*lib.Tsqlite3_vfs)(memory(disk))
	s.vfs.FpNext, s.vfs.FzName, s.vfs.FxOpen = 0, name, pointer(tempOpen)
	s.vfs.FszOsFile = max(s.vfs.FszOsFile, int32(unsafe.Sizeof(tempFile{})))
	s.methods = lib.Tsqlite3_io_methods{
		FiVersion: 1, FxClose: pointer(tempClose), FxRead: pointer(tempRead), FxWrite: pointer(tempWrite), FxTruncate: pointer(tempTruncate),
		FxFileSize: pointer(tempSize), FxFileControl: pointer(tempControl), FxCheckReservedLock: pointer(tempReserved),
		FxSync: pointer(tempDone), FxLock: pointer(tempDone), FxUnlock: pointer(tempDone), FxDeviceCharacteristics: pointer(tempPlain),
	}
	if res := lib.Xsqlite3_vfs_register(t, address, 1); res != lib.SQLITE_OK {
		return fmt.Errorf("keeping temporary files in memory: %w", sqlite.ResultCode(res).ToError())
	}
	return nil
}

// allocate is the address of so many zeros in the engine's memory; 0 if there is no room.
func allocate(t *libc.TLS, size uintptr) uintptr {
	address := lib.Xsqlite3_malloc64(t, uint64(size))
	if address != 0 {
		clear(unsafe.Slice((*byte)(memory(address)), size))
	}
	return address
}

func tempOpen(t *libc.TLS, vfs, name, file uintptr, flags int32, outFlags uintptr) int32 {
	s := (*tempSpace)(memory(vfs))
	if name != 0 {
		open := (*lib.Tsqlite3_vfs)(memory(s.disk)).FxOpen
		return (*(*func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32)(unsafe.Pointer(&struct{ uintptr }{open})))(t, s.disk, name, file, flags, outFlags)
	}
	f := (*tempFile)(memory(file))
	*f = tempFile{} // without methods it is not closed
	chunks := allocate(t, unsafe.Sizeof(tempChunks{}))
	if chunks == 0 {
		return lib.SQLITE_NOMEM
	}
	*f = tempFile{methods: vfs + unsafe.Offsetof(s.methods), space: vfs, chunks: chunks}
	if outFlags != 0 {
		*(*int32)(memory(outFlags)) = flags
	}
	return lib.SQLITE_OK
}

// cut frees the chunks from number first on.
func (f *tempFile) cut(first int64) {
	for i, chunk := range f.table()[first:] {
		if chunk != 0 {
			_ = syscall.Munmap(unsafe.Slice((*byte)(memory(chunk)), tempChunk)) // it is what Mmap gave
			f.table()[first:][i] = 0
			(*tempSpace)(memory(f.space)).used.Add(-tempChunk)
		}
	}
}

func (f *tempFile) table() *tempChunks { return (*tempChunks)(memory(f.chunks)) }

// at is what a file holds from a place to the end of its chunk; nil where nothing was written.
func (f *tempFile) at(place int64) []byte {
	if place >= tempMost || f.table()[place/tempChunk] == 0 {
		return nil
	}
	return (*[tempChunk]byte)(memory(f.table()[place/tempChunk]))[place%tempChunk:]
}

// room is at for writing; nil past the bound.
func (f *tempFile) room(place int64) []byte {
	if b := f.at(place); b != nil || place >= tempMost {
		return b
	}
	s := (*tempSpace)(memory(f.space))
	if s.used.Add(tempChunk) <= tempMost {
		if chunk, err := syscall.Mmap(-1, 0, tempChunk, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE); err == nil {
			f.table()[place/tempChunk] = uintptr(unsafe.Pointer(unsafe.SliceData(chunk)))
			return f.at(place)
		}
	}
	s.used.Add(-tempChunk)
	return nil
}

func tempClose(t *libc.TLS, file uintptr) int32 {
	f := (*tempFile)(memory(file))
	f.cut(0)
	lib.Xsqlite3_free(t, f.chunks)
	return lib.SQLITE_OK
}

func tempWrite(_ *libc.TLS, file, from uintptr, n int32, place int64) int32 {
	f := (*tempFile)(memory(file))
	for data := unsafe.Slice((*byte)(memory(from)), n); len(data) > 0; {
		room := f.room(place)
		if room == nil {
			return lib.SQLITE_FULL
		}
		done := copy(room, data)
		data, place = data[done:], place+int64(done)
	}
	f.size = max(f.size, place)
	return lib.SQLITE_OK
}

// tempRead reads zeros where nothing was written, as a file on disk does.
func tempRead(_ *libc.TLS, file, into uintptr, n int32, place int64) int32 {
	f := (*tempFile)(memory(file))
	data := unsafe.Slice((*byte)(memory(into)), n)
	clear(data)
	res := int32(lib.SQLITE_OK)
	if there := max(0, f.size-place); there < int64(n) {
		data, res = data[:there], lib.SQLITE_IOERR_SHORT_READ
	}
	for len(data) > 0 {
		done := min(len(data), int(tempChunk-place%tempChunk))
		copy(data[:done], f.at(place))
		data, place = data[done:], place+int64(done)
	}
	return res
}

func tempTruncate(_ *libc.TLS, file uintptr, size int64) int32 {
	f := (*tempFile)(memory(file))
	if size < f.size {
		clear(f.at(size))
		f.cut((size + tempChunk - 1) / tempChunk)
		f.size = size
	}
	return lib.SQLITE_OK
}

func tempSize(_ *libc.TLS, file, size uintptr) int32 {
	*(*int64)(memory(size)) = (*tempFile)(memory(file)).size
	return lib.SQLITE_OK
}

func tempControl(_ *libc.TLS, _ uintptr, _ int32, _ uintptr) int32 { return lib.SQLITE_NOTFOUND }

// tempDone is a sync or a lock: there is no disk and nobody else.
func tempDone(*libc.TLS, uintptr, int32) int32 { return lib.SQLITE_OK }

// tempPlain says that a file has no special powers.
func tempPlain(*libc.TLS, uintptr) int32 { return 0 }

func tempReserved(_ *libc.TLS, _, reserved uintptr) int32 {
	*(*int32)(memory(reserved)) = 0
	return lib.SQLITE_OK
}
