// Package sample makes the sample on which every gate of Jieming runs when no
// real data is at hand: a schematic Jilin, marked 示意.
//
// What is true in it are facts: the codes and names of units, the acts that
// changed them from 1981 to 2024 with their document numbers and dates. What is
// of our own making is the geometry: a cartogram laid by hand on a honeycomb
// (data/cells.txt), whose borders are then made to wander. It never passes for
// a map.
//
// On purpose it holds one of each shape that gives trouble: an enclave (part of
// 丰满区 inside 蛟河市), an island (part of 镇赉县 inside 杜尔伯特蒙古族自治县), hence
// units of several parts, a point where four counties touch, tri-junctions, a
// province border with three neighbours, and a national border.
//
// Its files lie in folders as those of the real data do, so one loader reads
// both; a manifest, dataset.json, says which file plays which part.
package sample
