// Package desk is the work of the department: who may do what, the cases in
// which it is done, the papers it needs, the clocks that run, and what is told
// to whom. It knows neither SQL nor HTTP; the rules of law it applies come from
// registry/law, and what it keeps goes through the interfaces that
// registry/postgres implements.
//
// # Cases
//
// A case is a list of events, each one act of one person at one time, numbered
// from 1. Nothing else is kept of it but its papers: what a case is now is the
// fold of its events. Whoever acts names the number of events they have seen,
// so that nobody acts on a case that has moved on.
//
// # Rights
//
// A person holds grants: a role, in a jurisdiction. A jurisdiction is a subtree
// of units or a functional zone, and follows lineage: who looked after 九台市
// looks after 九台区. The matrix of roles and actions is a table
// (rights.csv) that Go reads for one object and SQL for lists.
package desk
