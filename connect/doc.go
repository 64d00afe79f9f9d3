// Package connect is what people call who write fields of a graph by hand: [One] and
// [Each] ask through a connector of the SDL and give typed Go; a [Method] is such a
// field, which the compiler lists in [Fields].
//
// Read [Each] first. What a method may read of its context is said in [Many].
package connect
