// Package history reconstructs the dated history of one province's
// administrative units from published lists.
//
// # What goes in
//
// [Read] takes a data folder and the two digits of a province and returns
// [Sources]: the county-and-above code list of every 31 December, the change
// blocks between two lists with the approvals behind them, lineage records (a
// second opinion, never applied), one list of townships and villages, and the
// yearly township code changes. Nothing about a province is built in.
//
// # How it is done
//
// [Reconstruct] starts from the first list and replays the blocks in order of
// date, then winds the townships and villages back from their one list. The
// result is a [History]: the parts of a registry.Baseline that concern units,
// codes, events and papers, and the reports of what did not fit.
// [History.Tenures] follows faces of a later coverage back through the flows
// of territory, and names the finest unit that is certain.
//
// The rules, with reasons, are in docs/decisions/0007-history-from-lists.md.
//
// Everything here is pure: no clock, network or database, and no state that
// outlives a call. A Sources or History may be read by several goroutines.
package history
