package sqlite

import "unsafe"

// memory is what stands at an address of the engine's, which is no memory of Go's.
func memory(address uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&address)) }

// pointer is a function as the engine calls it. F is a type of functions; f must be one that is declared, since nothing else keeps it.
func pointer[F any](f F) uintptr {
	v := struct{ f F }{f}
	return *(*uintptr)(unsafe.Pointer(&v))
}
