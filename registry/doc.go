// Package registry is the domain of Jieming 界名: the administrative units,
// codes, boundary arcs, events and names of a province, what they are on any
// day, and why they changed. It knows neither SQL nor HTTP.
//
// # Two clocks
//
// Every fact has a valid time, the half-open range of days ([Period]) on which
// it was so in law, counted in days of Asia/Shanghai; and a recorded time, the
// range of log sequence numbers ([Seq]) during which the registry believed it.
// A question names an [Instant]: a day and a sequence number. A correction
// closes a belief and writes a new one, so it changes no earlier answer.
//
// # Territory
//
// An arc carries two faces. A face is an atom of territory. Tenure says, on
// both clocks, which unit holds a face; the holder may be of any level, and is
// coarse where the finer holder is not known. A unit's area is the union of
// the faces held in its subtree, the tree being custodian (代管) if any, else
// superior.
//
// # Paper
//
// Nothing changes without an [Event], and an event cites an [Instrument].
package registry
