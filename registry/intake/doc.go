// Package intake brings lists and maps of administrative units from outside
// into the registry: it reads the files, finds out their coordinate system,
// compares them with what is stored, and makes of what is new one BASELINE load
// (registry.Baseline).
//
// The steps are those of [Prepare]: read every file and judge every feature;
// read the stored units; decide the coordinate system and convert; compare unit
// by unit; build the coverage and check it. The result is a [Plan], which says
// the whole effect before anything is written. A plan writes nothing itself.
//
// An import only adds. Where a stored unit has another name or border, the plan
// says so and what to do (a correction or a survey, each a case); it never
// changes what is stored, and it repairs nothing.
//
// # Coordinates
//
// What the user names goes before what the file declares, and numbers decide
// against both (geo/crs). Lines are compared with the stored boundaries
// wherever there are any, because files in GCJ-02 commonly claim to be WGS 84.
// What is not certain is asked, never guessed.
package intake
