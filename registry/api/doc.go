// Package api is the HTTP API of the registry: its features in the shape of
// OGC API Features below /ogc, and answers as JSON below /api.
//
// Begin with [New]. A request passes three steps, in handle.go: its parameters
// are read by the parsers of datetime.go, param.go and token.go; the instant it
// asks about is fixed through the publication current then (moment.go), which
// also decides the ETag; and the operation answers, one file for each noun.
// Errors of any step become problem details in problem.go.
//
// Everything here is public. An answer depends on the publication, the day and
// the parameters, and on nothing else, so that equal questions get equal bytes.
package api
