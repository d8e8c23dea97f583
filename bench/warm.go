package main

import "runtime"

// warm makes the heap larger by n bytes, and touches them, until release. It stands for what the events of a long
// queue are to have beside them when they are handled. The operating system hands a page out when it is first
// touched; where the host of a virtual machine must find one first, that takes more than handling the four events
// that fit in it, and would be what we measure.
func warm(n int) (release func()) {
	const chunk, page = 1 << 20, 4096
	chunks := make([][]byte, n/chunk+1)
	for i := range chunks {
		chunks[i] = make([]byte, chunk)
		for at := 0; at < chunk; at += page {
			chunks[i][at] = 1
		}
	}
	return func() { runtime.KeepAlive(chunks) } // used here, and so alive until here
}

// heap is how many bytes of it are in use.
func heap() int64 {
	runtime.GC()
	runtime.GC() // what the first has left to finalizers, or in a sync.Pool
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
