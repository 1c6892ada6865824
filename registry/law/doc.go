// Package law is the tables of rules that cases follow: which kinds there are,
// which states and steps each has, which papers a step wants, which clocks run,
// and whose opinion can be asked. Each row names its source, with the article,
// and how well we know it ([Status]); only what was read in the text of the
// instrument, or decided by the department, may stop anybody.
//
// The rows are data (the .csv files): a change of law is a change of rows with
// their days, and no code.
package law
