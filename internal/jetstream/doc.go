// Package jetstream keeps what outlives the process in NATS JetStream: in a server inside this process, which keeps it
// in the data directory and listens nowhere, or in a cluster that several gateways share. Both are used by the same
// code over plain streams:
//
//	HF_name_answers  hf.name.a.ID, chunks hf.name.a.ID.SUM.N   remembered answers ([Store], a cache.Store)
//	HF_name_bumps    hf.name.b.TAG, those that forget ….TAG.f  what has changed ([Store.Journal])
//	HF_name_writes   hf.name.w.ID                              what callers want done ([Store.Writes], an outbox.Journal)
//	HF_name_leases   hf.name.l.ID                              who does what, only in a cluster ([Store.Leases])
//
// A stream is made in a new directory and by [Init], nowhere else: NATS says of a damaged stream that there is none, and
// to make it destroys what could be saved. What cannot be read is moved aside first.
//
// Read [Open], then run in store.go, which is the life of a store.
package jetstream
