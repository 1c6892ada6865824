// Package audit proves that the log of a registry, and every row it recorded,
// is what it was when somebody outside last looked.
//
// The log is a Merkle tree (RFC 6962) of records: one for each row written or
// closed, and one for each entry, after its rows. A checkpoint is a signed note
// that says how large the tree was and what its root hash was. Whoever keeps a
// checkpoint outside the database can find any later change of what was before
// it, even by somebody who may write every table. docs/log.md spells out every
// byte, so that others can check without this program.
package audit
