// Package web is the browser side of Jieming 界名: the public map and the
// pages that stand behind it.
//
// Pages are HTML made on the server from templates. They read, print and
// bookmark without script; a few islands, custom elements in islands/*.ts,
// make the map and the time bar live where script and WebGL2 are to be had.
// The islands ask the server for pieces of the same pages, so that every text
// is written once, in Go's templates and the catalogues of locale/.
//
// Every page takes the parameters datetime (a day, "today" when left out),
// recorded-as-of (what the public saw at a time) and lang (zh or en). It reads
// only through the publication current at that time.
package web
