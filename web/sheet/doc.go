// Package sheet draws a map of administrative areas as SVG: for readers
// without script or WebGL, for print, and as the locator map of a page.
//
// It projects to Web Mercator, holds every border once, simplifies it once,
// and draws it by its rank after the national convention (国界、省界、地级界、
// 县界). Areas whose holder is not known are hatched.
package sheet
