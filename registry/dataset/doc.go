// Package dataset reads a folder of boundary, code and place files and makes
// of it a first load of the registry (registry.Baseline): units with their
// history, faces, arcs, tenure, boundary lines and places.
//
// A folder is any fs.FS. It either carries a manifest, dataset.json, that says
// which file plays which part, or is the project's data folder, whose manifest
// is built in. The sample (package registry/sample) is a folder of the first
// kind, so one loader reads both.
//
// Nothing is repaired and nothing half built: the first fault in a file ends
// the load with an error that names the file, the feature and what to do.
// What is no fault but should be read by a person goes into Baseline.Reports.
package dataset
